// tenon vault: secrets that destinations and sources refer to as vault:NAME.

#include "cli/secret_input.hpp"
#include "cli/session.hpp"
#include "manifest/words.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

struct PutArguments {
  std::string name, overlap;
  SecretInput input;
};

int put(Session& session, const PutArguments& given) {
  std::int64_t overlap_ms = 0;
  if (!given.overlap.empty()) {
    const auto ms = manifest::parse_duration(given.overlap);
    if (!ms || *ms % 1000 != 0) {
      return session.usage("--overlap: wanted a time such as 24h or 30m, found " +
                           clean(given.overlap, 40));
    }
    overlap_ms = *ms;
  }
  const auto secret = given.input.read("secret " + given.name);
  if (!secret) return session.fail(secret.error());
  const auto path =
      with_parameters("/api/v1/vault/put",
                      {{"name", given.name}, {"overlap_s", std::to_string(overlap_ms / 1000)}});
  std::string body(secret->reveal());
  const auto answer = session.post(path, body, "application/octet-stream");
  wipe(body);
  if (!answer) return session.exit_code;
  std::string text =
      given.name + " is in the vault, version " + std::to_string(number_of(*answer, "version"));
  const Time until = time_of(*answer, "earlier_valid_until");
  if (until != Time{}) text += "; the one before is valid until " + to_rfc3339(until);
  return session.print(*answer, text + "\nRefer to it as \"vault:" + given.name + "\".\n");
}

int list(Session& session) {
  const auto answer = session.get("/api/v1/vault");
  if (!answer) return session.exit_code;
  session.print(*answer, render_vault(*answer, session.view()));
  return text_of(*answer, "state") == "closed" ? kFailed : kOk;
}

int act(Session& session, const std::string& path, const Json& body, const std::string& done) {
  const auto answer = session.post("/api/v1/vault/" + path, body.is_null() ? "" : body.dump());
  if (!answer) return session.exit_code;
  return session.print(
      *answer, done + " Generation " + std::to_string(number_of(*answer, "generation")) + ".\n");
}

int rekey(Session& session, const SecretInput& input) {
  std::string body;
  if (input.is_given()) {
    const auto key = input.read("new key or passphrase");
    if (!key) return session.fail(key.error());
    body = key->reveal();
  }
  const auto answer = session.post("/api/v1/vault/rekey", body, "application/octet-stream");
  wipe(body);
  if (!answer) return session.exit_code;
  return session.print(
      *answer,
      "The vault is locked by the new key; older copies of it still open by the old one, "
      "so destroy that where you keep it.\n");
}

int verify(Session& session) {
  const auto answer = session.post("/api/v1/vault/verify", "");
  if (!answer) return session.exit_code;
  return session.print(
      *answer, "All of the vault opens: " +
                   count_text(number_of(*answer, "versions"), "version", "versions") +
                   " of secrets by " +
                   count_text(number_of(*answer, "data_keys"), "data key", "data keys") +
                   ", generation " + std::to_string(number_of(*answer, "generation")) + ".\n");
}

void add_put(CLI::App& group, Session& session) {
  auto* putting = group.add_subcommand("put", "Put a secret in, or a new version of one");
  putting->footer(
      "The secret comes from stdin, a file or a variable, never from an argument, which others\n"
      "could see. On a terminal it is asked for and not shown. One newline at its end is not part\n"
      "of it. It counts from the next request on; nothing is restarted.\n\n"
      "With --overlap the version before stays valid that long: webhooks are verified and signed\n"
      "with both, write keys of both are let in, and credentials are sent in the new version.\n\n"
      "Examples:\n"
      "  tenon vault put crm/token\n"
      "  pass show crm | tenon vault put crm/token\n"
      "  tenon vault put inbox/signing --from-file new-key --overlap 24h");
  auto given = std::make_shared<PutArguments>();
  putting->add_option("NAME", given->name, "Parts of a-z, 0-9, _ and -, parted by /")->required();
  given->input.add_to(*putting);
  putting->add_option("--overlap", given->overlap, "The version before is valid so long, e.g. 24h");
  putting->callback(
      [&session, given] { session.run = [&session, given] { return put(session, *given); }; });
}

void add_removal(CLI::App& group, Session& session) {
  auto* removing = group.add_subcommand("remove", "Take a secret out, with all its versions");
  removing->footer("Example:\n  tenon vault remove crm/token");
  auto name = std::make_shared<std::string>();
  removing->add_option("NAME", *name, "Name of the secret")->required();
  removing->callback([&session, name] {
    session.run = [&session, name] {
      return act(session, "remove", {{"name", *name}}, *name + " is removed.");
    };
  });
  auto* shredding = group.add_subcommand("shred", "Destroy all secrets of the workspace, for good");
  shredding->footer(
      "The data keys are destroyed, so that no copy of the vault made from now on can give the\n"
      "secrets back. Copies made before still open by the key of the vault: see tenon vault "
      "rekey.\n\n"
      "Example:\n"
      "  tenon vault shred --workspace main");
  auto workspace = std::make_shared<std::string>();
  shredding->add_option("--workspace", *workspace, "Its name, since this cannot be undone")
      ->required();
  shredding->callback([&session, workspace] {
    session.run = [&session, workspace] {
      return act(session, "shred", {{"workspace", *workspace}}, "All secrets are destroyed.");
    };
  });
}

void add_keys(CLI::App& group, Session& session) {
  auto* rotating = group.add_subcommand("rotate", "A new data key: seals every secret anew");
  rotating->footer("Example:\n  tenon vault rotate");
  rotating->callback([&session] {
    session.run = [&session] {
      return act(session, "rotate", nullptr, "Every secret is sealed by a new data key.");
    };
  });
  auto* rekeying = group.add_subcommand("rekey", "A new key for the vault as a whole");
  rekeying->footer(
      "Where the key is a file that tenond may write, it makes a random one and replaces the "
      "file.\n"
      "A systemd credential or a passphrase is yours to keep: give the new one here, then put it\n"
      "where --vault-key says before the next start.\n\n"
      "Examples:\n"
      "  tenon vault rekey\n"
      "  tenon vault rekey --from-file new-passphrase");
  auto input = std::make_shared<SecretInput>();
  input->add_to(*rekeying);
  rekeying->callback(
      [&session, input] { session.run = [&session, input] { return rekey(session, *input); }; });
}

}  // namespace

void add_vault(CLI::App& app, Session& session) {
  auto* group = app.add_subcommand("vault", "Secrets: put, list, rotate, destroy");
  group->require_subcommand(1);
  group->footer(
      "From nothing to a destination that works:\n"
      "  1. In the workspace file, name the secret where it is needed:\n"
      "       [destinations.credentials]\n"
      "       token = \"vault:crm/token\"\n"
      "  2. tenond --workspace workspace.toml      (or: tenon config apply workspace.toml)\n"
      "  3. tenon vault put crm/token              (asks for it; it is never shown)\n"
      "  4. tenon destinations check crm           (one cheap request proves it)\n"
      "tenon doctor names what is missing. A destination that was paused for want of a secret\n"
      "goes on after: tenon destinations resume crm\n\n"
      "A destination with [destinations.oauth] gets its tokens by itself; where a person must "
      "agree\n"
      "first: tenon vault connect crm\n\n"
      "Secrets are sealed in a file of the data folder, under a key that --vault-key of tenond\n"
      "names; by default vault.key beside it. No command ever shows one.\n\n"
      "Examples:\n"
      "  tenon vault list\n"
      "  tenon vault put crm/token --overlap 24h");
  add_put(*group, session);
  auto* listing = group->add_subcommand("list", "Names, versions, when and by whom; no values");
  listing->footer("Exit status 1 if the vault is closed.\n\nExample:\n  tenon vault list --json");
  listing->callback([&session] { session.run = [&session] { return list(session); }; });
  add_removal(*group, session);
  add_connect(*group, session);
  add_keys(*group, session);
  auto* verifying = group->add_subcommand("verify", "Read the file anew and open every secret");
  verifying->footer("Example:\n  tenon vault verify");
  verifying->callback([&session] { session.run = [&session] { return verify(session); }; });
  auto* accepting = group->add_subcommand(
      "accept-rollback", "Go on with a vault file older than the log knows, or without one");
  accepting->footer(
      "After a backup of the vault was put back. Secrets that were changed since are the old ones\n"
      "again; put them anew.\n\nExample:\n  tenon vault accept-rollback");
  accepting->callback([&session] {
    session.run = [&session] {
      return act(session, "accept-rollback", nullptr, "The vault that is there counts.");
    };
  });
}

}  // namespace tenon::cli
