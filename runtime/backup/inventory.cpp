// The inventory as JSON.
#include "backup/inventory.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/hash.hpp"
#include "base/limits.hpp"

namespace tenon::backup {
namespace {

using nlohmann::json;

json body_of(const Inventory& inventory) {
  json lanes = json::array(), files = json::array();
  for (const auto& lane : inventory.lanes) {
    lanes.push_back({{"begin", lane.begin.value}, {"end", lane.end.value}});
  }
  for (const auto& file : inventory.files) {
    files.push_back({{"path", file.path}, {"bytes", file.bytes}, {"digest", file.digest}});
  }
  return {{"format", kBackupFormat},
          {"version", inventory.version},
          {"at", to_rfc3339(inventory.at)},
          {"log", inventory.log.value},
          {"tenant", inventory.tenant},
          {"workspace", inventory.workspace},
          {"config_digest", inventory.config_digest},
          {"secrets", inventory.secrets},
          {"partitions", std::move(lanes)},
          {"files", std::move(files)}};
}

// A path that leads out of the backup would be written to by a restore.
bool stays_inside(const std::string& path) {
  return !path.empty() && path.front() != '/' && path.find("..") == std::string::npos &&
         path.find('\0') == std::string::npos;
}

// Reads members; one that is absent or of another kind leaves `whole` false.
struct Members {
  const json& object;
  bool whole = true;

  std::string text(const char* key) {
    const auto at = object.find(key);
    if (at != object.end() && at->is_string()) return at->get<std::string>();
    whole = false;
    return {};
  }
  std::uint64_t number(const char* key) {
    const auto at = object.find(key);
    if (at != object.end() && at->is_number_unsigned()) return at->get<std::uint64_t>();
    whole = false;
    return 0;
  }
  const json& list(const char* key) {
    static const json kNone = json::array();
    const auto at = object.find(key);
    if (at != object.end() && at->is_array()) return *at;
    whole = false;
    return kNone;
  }
};

}  // namespace

bool Inventory::has_vault() const {
  return std::any_of(files.begin(), files.end(),
                     [](const BackupFile& file) { return file.path == kVaultFile; });
}

std::string encode(const Inventory& inventory) {
  json body = body_of(inventory);
  body["digest"] = digest_hex(body.dump());
  return body.dump(2) + "\n";
}

Result<Inventory> decode_inventory(std::string_view text) {
  json body = json::parse(text, nullptr, false);
  if (!body.is_object()) return corrupt("the inventory of the backup is no JSON object");
  Members top{body};
  const auto format = top.number("format");
  if (top.whole && format != kBackupFormat) {
    return unsupported("wanted a backup of format " + std::to_string(kBackupFormat) +
                       ", found format " + std::to_string(format) +
                       "; a later version made it: use that one");
  }
  const std::string digest = top.text("digest");
  body.erase("digest");
  if (!top.whole || digest != digest_hex(body.dump())) {
    return corrupt("the inventory of the backup was changed or cut: take another backup");
  }
  Inventory out;
  out.version = top.text("version");
  TENON_TRY_AS(out.at, parse_rfc3339(top.text("at")));
  out.log = LogId{static_cast<std::uint32_t>(top.number("log"))};
  out.tenant = top.text("tenant");
  out.workspace = top.text("workspace");
  out.config_digest = top.text("config_digest");
  for (const auto& one : top.list("secrets")) {
    if (one.is_string()) out.secrets.push_back(one.get<std::string>());
  }
  for (const auto& one : top.list("partitions")) {
    Members lane{one};
    out.lanes.push_back({Offset{lane.number("begin")}, Offset{lane.number("end")}});
    top.whole = top.whole && lane.whole;
  }
  for (const auto& one : top.list("files")) {
    Members file{one};
    BackupFile made{file.text("path"), file.number("bytes"), file.text("digest")};
    top.whole = top.whole && file.whole && stays_inside(made.path);
    out.files.push_back(std::move(made));
  }
  if (!top.whole || out.lanes.size() != kPartitions) {
    return corrupt("the inventory of the backup lacks members or names odd paths");
  }
  if (encode(out) != text) {
    return corrupt("the inventory of the backup was changed or cut: take another backup");
  }
  return out;
}

}  // namespace tenon::backup
