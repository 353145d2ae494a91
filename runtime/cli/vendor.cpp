// tenon destinations check, readback: what the vendor itself says.
#include "cli/session.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxKeysBytes = 256 * 1024;

int check(Session& session, const std::string& name) {
  const auto answer = session.post("/api/v1/destinations/" + escaped(name) + "/check", "");
  if (!answer) return session.exit_code;
  session.print(*answer, render_check(*answer, session.view()));
  return flag_of(*answer, "ok") ? kOk : kFailed;
}

struct ReadBackArguments {
  std::string name, action, vendor_ref, file;
  std::vector<std::string> keys;
};

// The key in a text of the command line or a line of a file; nothing if it is no JSON object.
bool add_key(Json& keys, const std::string& text, const std::string& vendor_ref) {
  auto record = Json::parse(text, nullptr, false);
  if (!record.is_object()) return false;
  Json key = {{"record", std::move(record)}};
  if (!vendor_ref.empty()) key["vendor_ref"] = vendor_ref;
  keys.push_back(std::move(key));
  return true;
}

int read_back(Session& session, const ReadBackArguments& given) {
  std::vector<std::string> texts = given.keys;
  if (!given.file.empty()) {
    const auto content = read_file(given.file, kMaxKeysBytes);
    if (!content) return session.fail(content.error());
    std::string line;
    for (const char c : *content + "\n") {
      if (c != '\n') {
        line += c;
      } else {
        if (line.find_first_not_of(" \t\r") != std::string::npos) texts.push_back(line);
        line.clear();
      }
    }
  }
  if (texts.empty()) return session.usage("name at least one KEY, or --file");
  if (!given.vendor_ref.empty() && texts.size() != 1) {
    return session.usage("--vendor-ref goes with exactly one key");
  }
  Json keys = Json::array();
  for (const auto& text : texts) {
    if (!add_key(keys, text, given.vendor_ref)) {
      return session.usage(
          "a key is a JSON object such as {\"email\": \"ada@example.org\"}, found " +
          clean(text, 60));
    }
  }
  const Json body = {{"action", given.action}, {"keys", std::move(keys)}};
  const auto answer =
      session.post("/api/v1/destinations/" + escaped(given.name) + "/readback", body.dump());
  if (!answer) return session.exit_code;
  session.print(*answer, render_read_back(*answer, texts, session.view()));
  for (const auto& one : answer->value("data", Json::array())) {
    if (text_of(one, "state") == "unknown") return kFailed;
  }
  return kOk;
}

}  // namespace

void add_vendor(CLI::App& destinations, Session& session) {
  auto* checking = destinations.add_subcommand(
      "check", "Prove settings and credential by one cheap request to the vendor");
  checking->footer(
      "Lifts a hold (auth_rejected, vendor_down) at once if the vendor answers.\n"
      "Exit status 1 if it does not work.\n\n"
      "Example:\n"
      "  tenon destinations check crm");
  auto name = std::make_shared<std::string>();
  checking->add_option("NAME", *name, "Name of the destination")->required();
  checking->callback(
      [&session, name] { session.run = [&session, name] { return check(session, *name); }; });

  auto* reading =
      destinations.add_subcommand("readback", "Ask the vendor what it has under given keys");
  reading->footer(
      "A key is a record as the action takes it, with as much in it as names the thing.\n"
      "The answer is found, absent, or unknown with the reason; exit status 1 if any is "
      "unknown.\n\n"
      "Examples:\n"
      "  tenon destinations readback crm --action upsert_contact '{\"email\": "
      "\"ada@example.org\"}'\n"
      "  tenon destinations readback crm --action upsert_contact --file keys.ndjson --json");
  auto given = std::make_shared<ReadBackArguments>();
  reading->add_option("NAME", given->name, "Name of the destination")->required();
  reading->add_option("KEY", given->keys, "Keys, each a JSON object");
  reading->add_option("--action", given->action, "The action that wrote it")->required();
  reading->add_option("--file", given->file, "Keys from a file, one in a line; - is stdin");
  reading->add_option("--vendor-ref", given->vendor_ref,
                      "The vendor's own id, from an outcome (of one key)");
  reading->callback([&session, given] {
    session.run = [&session, given] { return read_back(session, *given); };
  });
}

}  // namespace tenon::cli
