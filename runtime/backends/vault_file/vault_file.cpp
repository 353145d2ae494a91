// Reading secrets, and listing what there is.
#include "backends/vault_file/vault_file.hpp"

#include <algorithm>

namespace tenon {
namespace {

constexpr std::string_view kScheme = "vault:";

}  // namespace

bool VaultFile::is_ours(const SealedRecord& record) const {
  const WrappedKey* key = now_.image.key(record.key);
  return key != nullptr && key->tenant == scope_.tenant && key->workspace == scope_.workspace;
}

bool VaultFile::is_valid(const SealedRecord& record) const {
  return record.until == Time{} || record.until > doors_.clock.now();
}

void VaultFile::index() {
  names_.clear();
  const auto& records = now_.image.records;
  for (std::size_t i = records.size(); i-- > 0;) {  // the newest version of a name first
    if (is_ours(records[i])) names_[records[i].name].push_back(i);
  }
}

VaultFile::Versions VaultFile::versions_of(std::string_view name) const {
  Versions out;
  const auto it = names_.find(name);
  if (it == names_.end()) return out;
  for (const std::size_t i : it->second) {
    if (is_valid(now_.image.records[i])) out.push_back(&now_.image.records[i]);
  }
  return out;
}

Result<VaultFile::Versions> VaultFile::find_secret(std::string_view reference) const {
  if (!reference.starts_with(kScheme)) {
    return invalid("wanted a reference vault:NAME, found another text");
  }
  const auto name = reference.substr(kScheme.size());
  TENON_TRY(check_vault_name(name));
  if (problem_) return Error(*problem_).in(reference);
  auto versions = versions_of(name);
  if (versions.empty()) {
    return not_found(
        "wanted a secret of this name in the vault, found none; put it there: tenon "
        "vault put " +
            std::string(name),
        std::string(reference));
  }
  return versions;
}

Result<Secret> VaultFile::open_record(const SealedRecord& record) const {
  const WrappedKey* key = now_.image.key(record.key);
  const auto data_key = now_.data_keys.find(record.key);
  if (key == nullptr || data_key == now_.data_keys.end()) {
    return corrupt("its data key is not in the vault", "secret " + record.name);
  }
  return open_secret(now_.image.header.vault, *key, data_key->second, record);
}

Result<Secret> VaultFile::get(std::string_view reference) {
  TENON_TRY_AS(const auto versions, find_secret(reference));
  return open_record(*versions.front());
}

Result<std::vector<Secret>> VaultFile::valid(std::string_view reference) {
  TENON_TRY_AS(const auto versions, find_secret(reference));
  std::vector<Secret> out;
  for (const SealedRecord* record : versions) {
    TENON_TRY_AS(Secret secret, open_record(*record));
    out.push_back(std::move(secret));
  }
  return out;
}

VaultStatus VaultFile::status() const {
  const VaultHeader& header = now_.image.header;
  VaultStatus status;
  status.problem = problem_;
  status.vault = header.vault;
  status.kek = header.kek;
  status.generation = header.generation;
  status.written = header.written;
  status.data_keys = now_.image.keys.size();
  status.key_source = key_.source().text();
  return status;
}

std::vector<VaultSecretInfo> VaultFile::list() const {
  std::vector<VaultSecretInfo> out;
  for (const auto& [name, places] : names_) {
    VaultSecretInfo info;
    info.name = name;
    for (const SealedRecord* record : versions_of(name)) {
      info.versions.push_back(
          {record->version, record->key, record->made, record->until, record->actor});
    }
    if (!info.versions.empty()) out.push_back(std::move(info));
  }
  return out;
}

std::optional<Time> VaultFile::next_end() const {
  std::optional<Time> out;
  for (const auto& record : now_.image.records) {
    if (record.until == Time{} || !is_valid(record)) continue;
    out = std::min(out.value_or(record.until), record.until);
  }
  return out;
}

Result<VaultCounts> VaultFile::verify() {
  if (problem_) return Error(*problem_);
  VaultCounts counts;
  TENON_TRY_AS(const auto bytes, folder_.read(VaultGeneration::current));
  if (!bytes) {
    if (now_.image.header.generation == 0) return counts;
    return corrupt("the vault file is gone; put any secret to have it written again",
                   folder_.path_of(VaultGeneration::current));
  }
  TENON_TRY_AS(const auto loaded, load(VaultGeneration::current, *bytes));
  if (loaded.image != now_.image) {
    return conflict(
        "wanted the generation that this host has written, found another one: the file "
        "was changed under it",
        folder_.path_of(VaultGeneration::current));
  }
  for (const auto& record : loaded.image.records) {
    const auto opened = open_record(record);
    if (!opened) return Error(opened.error()).in(folder_.path_of(VaultGeneration::current));
  }
  counts.generation = loaded.image.header.generation;
  counts.bytes = bytes->size();
  counts.keys = loaded.image.keys.size();
  counts.records = loaded.image.records.size();
  TENON_TRY_AS(const auto older, folder_.read(VaultGeneration::previous));
  if (!older) return counts;
  const auto previous = load(VaultGeneration::previous, *older);
  if (previous) counts.previous = previous->image.header.generation;
  return counts;
}

}  // namespace tenon
