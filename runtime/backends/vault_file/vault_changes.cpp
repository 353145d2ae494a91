// Changes: each makes an image of its own, which counts once it is on disk.
#include <algorithm>

#include "backends/vault_file/vault_file.hpp"

namespace tenon {

std::uint64_t VaultFile::next_generation() const {
  const bool same = known_.vault == now_.image.header.vault;
  return std::max(now_.image.header.generation, same ? known_.generation : 0) + 1;
}

// Versions whose time is over go with whatever is changed next.
Result<std::uint64_t> VaultFile::commit(VaultImage image, const KekKeys& kek) {
  std::erase_if(image.records, [this](const SealedRecord& record) { return !is_valid(record); });
  image.header.generation = next_generation();
  image.header.written = doors_.clock.now();
  image.header.kek = kek.id();
  image.sort();
  const std::string bytes = kek.seal_file(image);
  if (bytes.size() > options_.most_bytes || image.records.size() > kMaxVaultRecords) {
    return limited("the vault is full: wanted at most " + std::to_string(options_.most_bytes) +
                       " bytes and 10,000 versions of secrets, found more; remove some",
                   milliseconds{0});
  }
  TENON_TRY(folder_.write(bytes));
  now_.image = std::move(image);
  rekey_failed_ = false;
  index();
  return now_.image.header.generation;
}

// A vault of its own, without a secret yet; nothing is written but a key file.
Result<void> VaultFile::begin() {
  if (problem_) return Error(*problem_);
  if (now_.kek) return {};
  VaultHeader header;
  header.kdf.kdf = key_.source().kdf();
  if (header.kdf.kdf == VaultKdf::argon2id) {
    header.kdf.passes = options_.passes;
    header.kdf.memory_kib = options_.memory_kib;
    const std::string salt = doors_.random.bytes(header.kdf.salt.size());
    std::copy(salt.begin(), salt.end(), header.kdf.salt.begin());
  }
  TENON_TRY_AS(const Secret key, key_.read_or_make(header.kdf));
  const std::string id = doors_.random.bytes(kVaultIdBytes);
  std::copy(id.begin(), id.end(), header.vault.begin());
  now_.image.header = header;
  now_.kek.emplace(key);
  return {};
}

void VaultFile::add_data_key(VaultImage& image) {
  WrappedKey key;
  for (const auto& [id, old] : now_.data_keys) key.id = std::max(key.id, id);
  ++key.id;
  key.tenant = scope_.tenant;
  key.workspace = scope_.workspace;
  key.made = doors_.clock.now();
  Secret data_key(doors_.random.bytes(kVaultKeyBytes));
  now_.kek->wrap(image.header.vault, key, data_key, doors_.random);
  now_.data_keys.emplace(key.id, std::move(data_key));
  image.keys.push_back(std::move(key));
}

void VaultFile::seal_record(const VaultImage& image, SealedRecord& record,
                            std::string_view secret) {
  const WrappedKey* key = image.key_of(scope_.tenant, scope_.workspace);
  record.key = key->id;
  record.generation = next_generation();
  seal_secret(image.header.vault, *key, now_.data_keys.at(key->id), secret, record, doors_.random);
}

Result<VaultChange> VaultFile::put(std::string_view name, const Secret& secret, seconds overlap,
                                   std::string actor) {
  TENON_TRY(check_vault_name(name));
  if (secret.empty()) return invalid("wanted a secret, found an empty text", std::string(name));
  if (secret.reveal().size() > kMaxVaultSecretBytes) {
    return invalid("wanted a secret of at most 64 KiB, found more", std::string(name));
  }
  if (overlap < seconds{0} || overlap > kMaxVaultOverlap) {
    return invalid("wanted an overlap of at most 90 days, found another time", std::string(name));
  }
  TENON_TRY(begin());
  const auto before = versions_of(name);
  if (overlap > seconds{0} && before.size() >= kMaxVaultVersions) {
    return conflict(
        "wanted at most 4 valid versions of a secret, found that many; the oldest is "
        "valid until " +
            to_rfc3339(before.back()->until) + "; put without an overlap ends all of them at once",
        std::string(name));
  }
  VaultChange change;
  SealedRecord record;
  record.name = name;
  record.version = before.empty() ? 1 : before.front()->version + 1;
  record.made = doors_.clock.now();
  record.actor = actor.substr(0, 128);
  change.version = record.version;
  VaultImage image = now_.image;
  if (image.key_of(scope_.tenant, scope_.workspace) == nullptr) add_data_key(image);
  if (overlap > seconds{0} && !before.empty()) {
    change.until = record.made + overlap;
    TENON_TRY_AS(const Secret old, open_record(*before.front()));
    for (auto& one : image.records) {
      if (!is_ours(one) || one.name != name || one.version != before.front()->version) continue;
      one.until = *change.until;
      seal_record(image, one, old.reveal());
    }
  } else {
    std::erase_if(image.records,
                  [&](const SealedRecord& one) { return is_ours(one) && one.name == name; });
  }
  seal_record(image, record, secret.reveal());
  image.records.push_back(std::move(record));
  TENON_TRY_AS(change.generation, commit(std::move(image), *now_.kek));
  return change;
}

Result<VaultChange> VaultFile::remove(std::string_view name) {
  TENON_TRY(find_secret("vault:" + std::string(name)));
  VaultImage image = now_.image;
  VaultChange change;
  change.records = std::erase_if(
      image.records, [&](const SealedRecord& one) { return is_ours(one) && one.name == name; });
  TENON_TRY_AS(change.generation, commit(std::move(image), *now_.kek));
  return change;
}

Result<VaultChange> VaultFile::rotate() {
  TENON_TRY(begin());
  VaultImage image = now_.image;
  VaultChange change;
  add_data_key(image);
  const std::uint32_t newest = image.keys.back().id;
  for (auto& record : image.records) {
    if (!is_ours(record)) continue;
    TENON_TRY_AS(const Secret secret, open_record(record));
    seal_record(image, record, secret.reveal());
    ++change.records;
  }
  change.keys = std::erase_if(image.keys, [&](const WrappedKey& key) {
    return key.id != newest && key.tenant == scope_.tenant && key.workspace == scope_.workspace;
  });
  TENON_TRY_AS(change.generation, commit(std::move(image), *now_.kek));
  std::erase_if(now_.data_keys,
                [this](const auto& one) { return now_.image.key(one.first) == nullptr; });
  return change;
}

// The previous generation would open by the old key still, so it goes, and with it the old key.
Result<VaultChange> VaultFile::rekey(const std::optional<Secret>& text) {
  if (problem_) return Error(*problem_);
  if (!now_.kek) return conflict("the vault is empty: there is nothing to lock anew");
  // Preparing another key would write over one that the file on disk may need.
  if (rekey_failed_) {
    return conflict(
        "the rekey before this one failed on its way to the disk: rotate, or restart "
        "tenond, and try again");
  }
  TENON_TRY_AS(const auto prepared, key_.prepared());
  if (prepared && KekKeys(*prepared).id() == now_.kek->id()) TENON_TRY(key_.replace());
  VaultImage image = now_.image;
  if (image.header.kdf.kdf == VaultKdf::argon2id) {
    const std::string salt = doors_.random.bytes(image.header.kdf.salt.size());
    std::copy(salt.begin(), salt.end(), image.header.kdf.salt.begin());
  }
  TENON_TRY_AS(const Secret key, key_.prepare(image.header.kdf, text));
  KekKeys kek(key);
  VaultChange change;
  for (auto& wrapped : image.keys) {
    kek.wrap(image.header.vault, wrapped, now_.data_keys.at(wrapped.id), doors_.random);
    ++change.keys;
  }
  const auto committed = commit(std::move(image), kek);
  rekey_failed_ = !committed;
  if (!committed) return Error(committed.error());
  change.generation = *committed;
  now_.kek.emplace(std::move(kek));
  TENON_TRY(key_.replace());
  TENON_TRY(folder_.remove(VaultGeneration::previous));
  return change;
}

Result<VaultChange> VaultFile::shred() {
  if (problem_) return Error(*problem_);
  if (!now_.kek) return conflict("the vault is empty: there is nothing to destroy");
  VaultImage image = now_.image;
  VaultChange change;
  change.records =
      std::erase_if(image.records, [this](const SealedRecord& one) { return is_ours(one); });
  change.keys = std::erase_if(image.keys, [this](const WrappedKey& key) {
    return key.tenant == scope_.tenant && key.workspace == scope_.workspace;
  });
  TENON_TRY_AS(change.generation, commit(std::move(image), *now_.kek));
  std::erase_if(now_.data_keys,
                [this](const auto& one) { return now_.image.key(one.first) == nullptr; });
  TENON_TRY(folder_.remove(VaultGeneration::previous));
  return change;
}

Result<VaultChange> VaultFile::change(const VaultAct& act) {
  const auto run = [&]() -> Result<VaultChange> {
    switch (act.deed) {
      case VaultDeed::put:
        return put(act.name, act.value ? act.value->copy() : Secret(), act.overlap, act.actor);
      case VaultDeed::remove: return remove(act.name);
      case VaultDeed::rotate: return rotate();
      case VaultDeed::rekey: return rekey(act.value);
      case VaultDeed::shred: return shred();
      case VaultDeed::accept: return accept();
      case VaultDeed::none: break;
    }
    return invalid("wanted an act on the vault, found none");
  };
  auto change = run();
  if (change) change->vault = now_.image.header.vault;
  return change;
}

}  // namespace tenon
