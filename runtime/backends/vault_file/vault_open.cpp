// Opening: which generation counts, by which key, and whether the log knows a newer one.
#include <algorithm>

#include "backends/vault_file/vault_file.hpp"

namespace tenon {
namespace {

std::string number(std::uint64_t n) { return std::to_string(n); }

// The way out of a damaged file depends on what else there is.
Error with_way_out(Error error, bool has_previous, const std::string& previous) {
  error.message += has_previous
                       ? "; stop tenond, replace it by " + previous +
                             " (one change older) or by a backup, start, then: tenon vault "
                             "accept-rollback"
                       : "; stop tenond, restore it from a backup, start, then: tenon vault "
                         "accept-rollback";
  return error;
}

}  // namespace

VaultFile::VaultFile(VaultDoors doors, VaultFileOptions options)
    : doors_(doors),
      options_(std::move(options)),
      folder_(doors.disk, options_.folder),
      key_(doors.disk, doors.secrets, doors.random, options_.key),
      problem_(unavailable("the vault is not open yet")) {}

// A key file beside which a crash has left its replacement is one of the two.
Result<VaultFile::FoundKek> VaultFile::kek_for(const VaultHeader& header) {
  auto key = key_.read(header.kdf);
  if (!key && key.error().kind != ErrorKind::not_found) return Error(key.error());
  if (key) {
    KekKeys keys(*key);
    if (keys.id() == header.kek) return FoundKek{std::move(keys), false};
  }
  TENON_TRY_AS(const auto prepared, key_.prepared());
  if (prepared) {
    KekKeys keys(*prepared);
    if (keys.id() == header.kek) return FoundKek{std::move(keys), true};
  }
  if (!key) return Error(key.error());
  return unauthorized(
      "wanted the key that this vault was locked with, found another one (the vault itself is not "
      "damaged); start tenond with the right --vault-key",
      key_.source().text());
}

Result<VaultFile::Loaded> VaultFile::load(VaultGeneration which, std::string_view bytes) {
  const std::string place = folder_.path_of(which);
  auto read = read_vault(bytes);
  if (!read) return std::move(read.error()).in(place);
  Loaded loaded;
  auto kek = kek_for(read->image.header);
  if (!kek) return std::move(kek.error()).in(place);
  const auto checked = kek->keys.check_mac(*read);
  if (!checked) return Error(checked.error()).in(place);
  for (const auto& key : read->image.keys) {
    auto data_key = kek->keys.unwrap(read->image.header.vault, key);
    if (!data_key) return std::move(data_key.error()).in(place);
    loaded.data_keys.emplace(key.id, std::move(*data_key));
  }
  // Not before all of it has proven whole: the old key is lost by it.
  if (kek->prepared) TENON_TRY(key_.replace());
  loaded.image = std::move(read->image);
  loaded.kek.emplace(std::move(kek->keys));
  return loaded;
}

// In the order of README.md: the current one; without it what a crash left on the way to it.
Result<std::optional<VaultFile::Loaded>> VaultFile::find() {
  using enum VaultGeneration;
  TENON_TRY_AS(const auto bytes, folder_.read(current));
  TENON_TRY_AS(const auto older, folder_.read(previous));
  if (bytes) {
    auto loaded = load(current, *bytes);
    if (!loaded && loaded.error().kind == ErrorKind::corrupt) {
      return with_way_out(std::move(loaded.error()), older.has_value(), folder_.path_of(previous));
    }
    if (!loaded) return Error(loaded.error());
    TENON_TRY(folder_.remove(next));
    TENON_TRY(key_.forget_prepared());
    return std::optional<Loaded>(std::move(*loaded));
  }
  TENON_TRY_AS(const auto unfinished, folder_.read(next));
  if (unfinished) {
    auto loaded = load(next, *unfinished);
    if (loaded) {
      TENON_TRY(folder_.restore(next));
      return std::optional<Loaded>(std::move(*loaded));
    }
    // One that was cut short is worth nothing; whatever else is wrong, is so with the others, too.
    if (loaded.error().kind != ErrorKind::corrupt) return Error(loaded.error());
    if (!older) TENON_TRY(folder_.remove(next));
  }
  if (!older) return std::optional<Loaded>();
  auto loaded = load(previous, *older);
  if (!loaded) return with_way_out(std::move(loaded.error()), false, "");
  TENON_TRY(folder_.restore(previous));
  TENON_TRY(folder_.remove(next));
  return std::optional<Loaded>(std::move(*loaded));
}

Result<void> VaultFile::check_known() const {
  const VaultHeader& header = now_.image.header;
  if (known_.generation == 0) return {};
  const std::string way_out =
      "; restore the newer one, or, if you mean this one to count: tenon vault accept-rollback";
  if (header.generation == 0) {
    return conflict("the log knows of generation " + number(known_.generation) +
                        " of a vault, found no vault file" + way_out,
                    folder_.path_of(VaultGeneration::current));
  }
  if (header.vault != known_.vault) {
    return conflict("wanted the vault that the log knows, found another one" + way_out,
                    folder_.path_of(VaultGeneration::current));
  }
  if (header.generation < known_.generation) {
    return conflict("wanted generation " + number(known_.generation) +
                        ", which the log knows, found the older " + number(header.generation) +
                        ": secrets that were changed since would come back" + way_out,
                    folder_.path_of(VaultGeneration::current));
  }
  return {};
}

Result<void> VaultFile::open(VaultScope scope, VaultKnown known) {
  scope_ = std::move(scope);
  known_ = known;
  can_accept_ = false;
  now_ = Loaded();
  names_.clear();
  auto found = find();
  if (!found) {
    problem_ = std::move(found.error());
    return Error(*problem_);
  }
  if (*found) now_ = std::move(**found);
  index();
  const auto checked = check_known();
  if (!checked) {
    problem_ = checked.error();
    can_accept_ = true;
    return Error(*problem_);
  }
  problem_.reset();
  return {};
}

// The next generation is above both, so that the log can tell it from either.
Result<VaultChange> VaultFile::accept() {
  if (!problem_ || !can_accept_) {
    return conflict(problem_
                        ? "this cannot be accepted: " + problem_->text()
                        : "nothing is to be accepted: the vault is the one that the log knows");
  }
  VaultChange change;
  if (now_.kek) {
    TENON_TRY_AS(change.generation, commit(now_.image, *now_.kek));
  }
  known_ = {now_.image.header.vault, now_.image.header.generation};
  can_accept_ = false;
  problem_.reset();
  return change;
}

}  // namespace tenon
