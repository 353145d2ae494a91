// tenon token: who else may use the admin API, and for what.

#include "cli/session.hpp"
#include "manifest/words.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

struct TokenArguments {
  std::string name, id, expires, overlap;
  std::vector<std::string> scopes;
  std::uint32_t per_minute = 0;
};

// Adds `text`, a time such as 90d or 24h, as seconds; false: it is none.
bool add_seconds(Json& body, const char* member, const std::string& text) {
  if (text.empty()) return true;
  const auto ms = manifest::parse_duration(text);
  if (!ms || *ms <= 0 || *ms % 1000 != 0) return false;
  body[member] = *ms / 1000;
  return true;
}

// The value alone goes to stdout, so that it can be piped into where it is kept; the rest to
// stderr.
int show_value(Session& session, const Json& answer) {
  if (session.json) return session.print(answer, "");
  session.out() << text_of(answer, "value") << "\n" << std::flush;
  session.err() << "Token " << clean(text_of(answer, "id")) << " ("
                << clean(text_of(answer, "name")) << "), until " << text_of(answer, "expires")
                << ". This is its value's only showing: the host keeps a hash.\n";
  const Time until = time_of(answer, "earlier_valid_until");
  if (until != Time{}) {
    session.err() << "The value before is valid until " << to_rfc3339(until) << ".\n";
  }
  return kOk;
}

int create_token(Session& session, const TokenArguments& given) {
  Json body = {{"name", given.name}, {"scopes", given.scopes}};
  if (!add_seconds(body, "expires_s", given.expires)) {
    return session.usage("--expires: wanted a time such as 90d or 24h, found " +
                         clean(given.expires, 40));
  }
  if (given.per_minute != 0) body["per_minute"] = given.per_minute;
  const auto answer = session.post("/api/v1/tokens", body.dump());
  return answer ? show_value(session, *answer) : session.exit_code;
}

int rotate_token(Session& session, const TokenArguments& given) {
  Json body = Json::object();
  if (!add_seconds(body, "overlap_s", given.overlap)) {
    return session.usage("--overlap: wanted a time such as 24h or 30m, found " +
                         clean(given.overlap, 40));
  }
  const auto answer = session.post("/api/v1/tokens/" + escaped(given.id) + "/rotate", body.dump());
  return answer ? show_value(session, *answer) : session.exit_code;
}

int revoke_token(Session& session, const std::string& id) {
  const auto answer = session.post("/api/v1/tokens/" + escaped(id) + "/revoke", "");
  if (!answer) return session.exit_code;
  return session.print(*answer, "Token " + clean(text_of(*answer, "id")) + " (" +
                                    clean(text_of(*answer, "name")) + ") is revoked for good.\n");
}

int list_tokens(Session& session) {
  const auto answer = session.get("/api/v1/tokens");
  if (!answer) return session.exit_code;
  return session.print(*answer, render_tokens(*answer, session.view()));
}

void add_token_creation(CLI::App& group, Session& session) {
  auto* creating = group.add_subcommand("create", "Make a token; its value is shown once");
  creating->footer(
      "The value alone is printed to stdout, what it is to stderr, so that it can be piped.\n"
      "A scope is VERB:RESOURCE: read or write, and one of audit, backup, config, connectors, "
      "deliveries,\n"
      "destinations, events, operations (notices, doctor, metrics, completeness), tokens, vault, "
      "or\n"
      "* for all. write does not include read. write:config and write:vault can change where "
      "events\n"
      "go; read:events and read:deliveries can read what is in them.\n\n"
      "Examples:\n"
      "  tenon token create dashboard --scope read:operations --scope read:destinations\n"
      "  tenon token create deploy --scope write:config --expires 30d | gh secret set TENON_TOKEN");
  auto given = std::make_shared<TokenArguments>();
  creating->add_option("NAME", given->name, "What it is for")->required();
  creating->add_option("--scope", given->scopes, "What it may do; may be given again")
      ->required()
      ->allow_extra_args(false);
  creating->add_option("--expires", given->expires, "Valid so long; default 90d, at most 366d");
  creating->add_option("--per-minute", given->per_minute, "Requests a minute; default 600")
      ->check(CLI::Range(1, 60'000));
  creating->callback([&session, given] {
    session.run = [&session, given] { return create_token(session, *given); };
  });
}

void add_token_ends(CLI::App& group, Session& session) {
  auto* rotating = group.add_subcommand("rotate", "A new value for a token, with its life anew");
  rotating->footer(
      "Without --overlap the value before ends at once, which is right when it has leaked.\n\n"
      "Examples:\n"
      "  tenon token rotate 5xk2m8q0r7ta\n"
      "  tenon token rotate 5xk2m8q0r7ta --overlap 24h > new-token");
  auto given = std::make_shared<TokenArguments>();
  rotating->add_option("ID", given->id, "As tenon token list shows it")->required();
  rotating->add_option("--overlap", given->overlap, "The value before is valid so long; e.g. 24h");
  rotating->callback([&session, given] {
    session.run = [&session, given] { return rotate_token(session, *given); };
  });
  auto* revoking = group.add_subcommand("revoke", "End a token at once and for good");
  revoking->footer("Example:\n  tenon token revoke 5xk2m8q0r7ta");
  auto id = std::make_shared<std::string>();
  revoking->add_option("ID", *id, "As tenon token list shows it")->required();
  revoking->callback(
      [&session, id] { session.run = [&session, id] { return revoke_token(session, *id); }; });
}

}  // namespace

void add_token(CLI::App& app, Session& session) {
  auto* group =
      app.add_subcommand("token", "Tokens of the admin API: create, list, rotate, revoke");
  group->require_subcommand(1);
  group->footer(
      "This command needs none: it asks over the host's Unix socket. Others bring theirs to where\n"
      "tenond --api-listen says:\n"
      "  tenond --api-listen 127.0.0.1:8081 ...\n"
      "  curl -H \"Authorization: Bearer $TENON_TOKEN\" "
      "http://127.0.0.1:8081/api/v1/destinations\n\n"
      "A value that is lost is not shown again: rotate the token.\n\n"
      "Examples:\n"
      "  tenon token create dashboard --scope read:operations\n"
      "  tenon token list");
  add_token_creation(*group, session);
  auto* listing = group->add_subcommand("list", "Who, for what, until when, last used; no values");
  listing->footer("Example:\n  tenon token list --json");
  listing->callback([&session] { session.run = [&session] { return list_tokens(session); }; });
  add_token_ends(*group, session);
}

}  // namespace tenon::cli
