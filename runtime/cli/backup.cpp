// tenon backup: create, verify, restore.
#include <filesystem>
#include <random>

#include "backup/backup.hpp"
#include "cli/backup.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::minutes kCutWithin{30};  // states may have to be copied

struct BackupArguments {
  std::string folder, data;
  bool original_is_gone = false;
};

backup::Cut cut_of(const Json& answer) {
  backup::Cut cut;
  cut.at = time_of(answer, "at");
  cut.version = text_of(answer, "version");
  cut.data = text_of(answer, "data");
  cut.log = LogId{static_cast<std::uint32_t>(number_of(answer, "log"))};
  cut.tenant = text_of(answer, "tenant");
  cut.workspace = text_of(answer, "workspace");
  cut.config_digest = text_of(answer, "config_digest");
  for (const auto& one : answer.value("secrets", Json::array())) {
    if (one.is_string()) cut.secrets.push_back(one.get<std::string>());
  }
  cut.vault = flag_of(answer, "vault");
  for (const auto& one : answer.value("partitions", Json::array())) {
    cut.lanes.push_back({Offset{number_of(one, "begin")}, Offset{number_of(one, "end")}});
  }
  for (const auto& one : answer.value("states", Json::array())) {
    if (one.is_string()) cut.states.push_back(one.get<std::string>());
  }
  for (const auto& one : answer.value("connectors", Json::array())) {
    cut.connectors.push_back(
        {text_of(one, "release"), text_of(one, "path"), text_of(one, "package")});
  }
  return cut;
}

Json json_of(const backup::Inventory& inventory) {
  std::uint64_t bytes = 0;
  for (const auto& file : inventory.files) bytes += file.bytes;
  return {{"at", to_rfc3339(inventory.at)},   {"log", inventory.log.value},
          {"workspace", inventory.workspace}, {"version", inventory.version},
          {"files", inventory.files.size()},  {"bytes", bytes},
          {"secrets", inventory.secrets},     {"vault", inventory.has_vault()}};
}

Json json_of(const backup::Verified& verified) {
  Json out = json_of(verified.inventory);
  out["events"] = verified.counts.received;
  out["deliveries"] = verified.counts.decided;
  out["pending"] = verified.counts.pending + verified.counts.undecided;
  out["adds_up"] = verified.counts.adds_up();
  if (verified.vault > 0) out["vault_generation"] = verified.vault;
  return out;
}

std::string text_of_backup(const Json& backup) {
  return count_text(number_of(backup, "files"), "file", "files") + ", " +
         bytes_text(number_of(backup, "bytes")) + ": all of workspace " +
         clean(text_of(backup, "workspace")) + " that was acknowledged before " +
         text_of(backup, "at") + "\n";
}

std::string text_of_verified(const Json& backup) {
  return text_of_backup(backup) + count_text(number_of(backup, "events"), "event", "events") +
         ", " + count_text(number_of(backup, "deliveries"), "delivery", "deliveries") + ", " +
         std::to_string(number_of(backup, "pending")) + " still to be done; every record read, " +
         (flag_of(backup, "adds_up") ? "the counts add up" : "the counts DO NOT add up") + "\n" +
         (flag_of(backup, "vault")
              ? "the vault, sealed, in generation " +
                    std::to_string(number_of(backup, "vault_generation")) + "\n"
              : "");
}

std::string secrets_text(const backup::Inventory& inventory) {
  std::string names;
  for (const auto& one : inventory.secrets) {
    if (inventory.has_vault() && one.starts_with("vault:")) continue;  // sealed in it
    names += " " + clean(one, 200);
  }
  if (inventory.has_vault()) names += " the vault's key (--vault-key; by default vault.key)";
  if (names.empty()) return {};
  return "not in it, and needed by a restored host:" + names + "\n";
}

int create(Session& session, const BackupArguments& given) {
  session.timeout = kCutWithin;
  const auto answer = session.post("/api/v1/backup/cut", {});
  if (!answer) return session.exit_code;
  SystemDisk disk;
  const auto made = backup::create(disk, given.folder, cut_of(*answer));
  if (!made) return session.fail(made.error());
  const Json json = json_of(*made);
  return session.print(json, text_of_backup(json) + secrets_text(*made));
}

int verify(Session& session, const BackupArguments& given) {
  SystemDisk disk;
  const auto verified = backup::verify(disk, given.folder);
  if (!verified) return session.fail(verified.error());
  const Json json = json_of(*verified);
  session.print(json, text_of_verified(json));
  return verified->counts.adds_up() ? kOk : kFailed;
}

int restore(Session& session, const BackupArguments& given) {
  if (!given.original_is_gone) {
    return session.usage(
        "two hosts with one log deliver the same events: say --original-is-gone when the host of "
        "this backup will not run again, nor another that was restored from it");
  }
  SystemDisk disk;
  std::random_device random;
  const auto verified = backup::restore(disk, given.folder, given.data, random());
  if (!verified) return session.fail(verified.error());
  const Json json = json_of(*verified);
  return session.print(json, text_of_verified(json) + secrets_text(verified->inventory) +
                                 "start it: tenond --data " + clean(given.data) + " --connectors " +
                                 clean(given.data) + "/connectors\n");
}

}  // namespace

void add_backup(CLI::App& app, Session& session) {
  auto* group =
      app.add_subcommand("backup", "Copy a running host's data, check a copy, restore it");
  group->require_subcommand(1);
  group->footer(
      "A backup is one moment of the log, the connectors and the vault, whose secrets stay "
      "sealed.\n"
      "The vault's key and other secrets are not in it; the answer lists what a restored host "
      "needs.\n"
      "Examples:\n"
      "  tenon backup create /backups/2026-11-27\n"
      "  tenon backup verify /backups/2026-11-27\n"
      "  tenon backup restore /backups/2026-11-27 --into ./tenon-data --original-is-gone");
  auto given = std::make_shared<BackupArguments>();
  const auto add = [&](const char* name, const char* about, const char* folder,
                       int (*run)(Session&, const BackupArguments&)) {
    auto* command = group->add_subcommand(name, about);
    command->add_option("FOLDER", given->folder, folder)->required();
    command->callback([&session, given, run] {
      session.run = [&session, given, run] { return run(session, *given); };
    });
    return command;
  };
  add("create", "Copy the running host's data into a new folder", "New or empty", &create);
  add("verify", "Read every byte of a backup and fold its log", "A backup", &verify);
  auto* restoring = add("restore", "Make a data folder of a backup", "A backup", &restore);
  restoring->add_option("--into", given->data, "The data folder to make: new or empty")->required();
  restoring->add_flag("--original-is-gone", given->original_is_gone,
                      "The host of this backup will not run again");
}

}  // namespace tenon::cli
