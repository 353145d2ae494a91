// Builders of raw records, configurations and workspaces with good defaults.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/limits.hpp"
#include "event/control.hpp"
#include "event/raw_event.hpp"
#include "event/record.hpp"

namespace tenon::testing {

// One source "web", two destinations: "hook" (tracks) and "crm" (identifies with an email).
inline const char* kWorkspaceToml = R"(
tenant = "acme"
workspace = "main"
consent = "not_enforced"

[dedupe]
window = "7d"

[[sources]]
name = "web"
write_key = "env:WEB_KEY"

[[destinations]]
name = "hook"
connector = "webhook"
peers = "allow_loopback"
[destinations.settings]
url = "http://127.0.0.1:9/in"
[destinations.credentials]
signing = "env:HOOK_SECRET"

[[destinations]]
name = "crm"
connector = "hubspot"
[destinations.credentials]
token = "env:CRM_TOKEN"

[[routes]]
name = "tracks"
sources = ["web"]
destination = "hook"
action = "send"
[routes.when]
type = "track"

[[routes]]
name = "people"
sources = ["web"]
destination = "crm"
action = "upsert_contact"
[routes.when]
all = [{ type = "identify" }, { exists = "/traits/email" }]
[routes.map]
email = { from = "/traits/email", steps = ["trim", "lower"] }
)";

inline PartitionId partition_of(KeyHash key) {
  return PartitionId{static_cast<std::uint16_t>(key.value % kPartitions)};
}

struct EventSpec {
  std::string type = "track";
  std::string name = "Clicked";
  std::string user = "u1";
  std::string message_id = "m1";
  std::string source = "web";
  nlohmann::json extra = nlohmann::json::object();
  Time received = time_from_us(1'767'225'600'000'000);
};

inline NewRecord raw_record(const EventSpec& spec) {
  nlohmann::json message = spec.extra;
  message["type"] = spec.type;
  message["messageId"] = spec.message_id;
  if (!spec.user.empty()) message["userId"] = spec.user;
  if (spec.type == "track") message["event"] = spec.name;
  RawEvent raw;
  raw.format = RawFormat::segment;
  raw.type = spec.type;
  raw.message_id = spec.message_id;
  raw.order_key = spec.user;
  raw.payload = message.dump();
  NewRecord record;
  record.header.stream = Stream::raw;
  record.header.tenant = hash_of_name("acme");
  record.header.workspace = hash_of_name("main");
  record.header.source = hash_of_name(spec.source);
  record.header.key = KeyHash{spec.user.empty() ? 0 : hash64(spec.user)};
  record.header.received = spec.received;
  record.header.occurred = spec.received;
  record.partition =
      spec.user.empty()
          ? PartitionId{static_cast<std::uint16_t>(hash64(spec.message_id) % kPartitions)}
          : partition_of(record.header.key);
  record.body = encode(raw);
  return record;
}

// The configuration record that every partition begins with.
inline std::vector<NewRecord> config_records(const std::string& toml) {
  ConfigApplied applied;
  applied.workspace = "main";
  applied.content = toml;
  applied.digest = digest_hex(toml);
  applied.actor = "test";
  std::vector<NewRecord> records;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    NewRecord record;
    record.partition = PartitionId{p};
    record.header.stream = Stream::control;
    record.header.type = static_cast<std::uint16_t>(ControlType::config_applied);
    record.header.config = config_version_of(applied.digest);
    record.body = encode(Control(applied));
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace tenon::testing
