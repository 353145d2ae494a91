// The vault's generation in the log: found at the start, noted at each change.
#include "vault/vault_keeper.hpp"

#include <algorithm>

#include "base/fail_point.hpp"
#include "ports/append_essential.hpp"

namespace tenon {
namespace {

const PartitionId kNotedIn{0};
constexpr seconds kLookEvery{5};

NewRecord record_of(const VaultChanged& changed, Time now) {
  NewRecord record;
  record.partition = kNotedIn;
  record.header.stream = Stream::audit;
  record.header.type = static_cast<std::uint16_t>(AuditType::vault_changed);
  record.header.occurred = now;
  record.body = encode(changed);
  return record;
}

VaultKnown known_of(const std::optional<VaultChanged>& noted) {
  VaultKnown known;
  if (!noted || noted->vault.size() != known.vault.size()) return known;
  std::copy(noted->vault.begin(), noted->vault.end(), known.vault.begin());
  known.generation = noted->generation;
  return known;
}

}  // namespace

Task<Result<void>> VaultKeeper::find_noted(Offset from, Offset to) {
  ReadLimits limits;
  limits.streams = stream_bit(Stream::audit);
  while (from < to) {
    TENON_CO_TRY_AS(const auto slice, log_.read(kNotedIn, from, limits));
    for (const auto& record : slice.records) {
      if (record.offset >= to) co_return Result<void>();
      if (record.header.type != static_cast<std::uint16_t>(AuditType::vault_changed)) continue;
      auto changed = decode_vault_changed(record.body);
      if (!changed) co_return Error(changed.error());
      noted_ = std::move(*changed);
    }
    from = slice.next;
  }
  co_return Result<void>();
}

// Once there is a vault, each chunk that is not new holds a note. All of the log is read only where
// there is a vault without one.
Task<Result<void>> VaultKeeper::restore(VaultScope scope) {
  const auto chunks = chunks_(kNotedIn);
  const Offset begin = log_.begin(kNotedIn), end = log_.end(kNotedIn);
  const Offset late = chunks.size() > 3 ? chunks[chunks.size() - 3] : begin;
  noted_.reset();
  TENON_CO_TRY(find_noted(late, end));
  auto opened = vault_.open(scope, known_of(noted_));
  if (!noted_ && vault_.status().generation > 0 && begin < late) {
    TENON_CO_TRY(find_noted(begin, late));
    if (noted_) opened = vault_.open(scope, known_of(noted_));
  }
  const auto status = vault_.status();
  if (!opened) {
    const std::string why = opened.error().text();
    telemetry_.log(LogLevel::error, "vault.closed", {{"why", why}});
  } else if (status.generation > 0) {
    const std::string generation = std::to_string(status.generation);
    telemetry_.log(LogLevel::info, "vault.open",
                   {{"generation", generation}, {"key", status.key_source}});
  }
  co_return Result<void>();
}

Task<Result<VaultChange>> VaultKeeper::change(VaultAct act) {
  auto change = vault_.change(act);
  act.value.reset();
  VaultChanged changed;
  changed.deed = name_of(act.deed);
  changed.name = act.name;
  changed.actor = act.actor;
  if (!change) {
    const std::string why = change.error().text();
    telemetry_.log(
        LogLevel::warning, "vault.change_refused",
        {{"deed", changed.deed}, {"name", act.name}, {"actor", act.actor}, {"why", why}});
    co_return change;
  }
  TENON_FAIL_POINT("vault.changed");
  changed.vault.assign(change->vault.begin(), change->vault.end());
  changed.generation = change->generation;
  const std::string generation = std::to_string(changed.generation);
  telemetry_.log(LogLevel::info, "vault.changed",
                 {{"deed", changed.deed},
                  {"name", act.name},
                  {"actor", act.actor},
                  {"generation", generation}});
  // Nobody refers to the host's own.
  if (tell_ && !is_host_secret(act.name)) tell_();
  noted_ = changed;
  std::vector<NewRecord> records;
  records.push_back(record_of(changed, clock_.now()));
  const auto noted =
      co_await append_essential(log_, clock_, std::move(records), AppendWait::durable);
  if (!noted) {
    Error error = noted.error();
    error.message = "the vault is changed, but the log could not note it: " + error.message;
    co_return error;
  }
  TENON_FAIL_POINT("vault.noted");
  co_return change;
}

Task<Result<void>> VaultKeeper::restate() {
  if (!noted_) co_return Result<void>();
  std::vector<NewRecord> records;
  records.push_back(record_of(*noted_, clock_.now()));
  auto appended =
      co_await log_.append(std::move(records), AppendClass::essential, AppendWait::queued);
  if (!appended) co_return std::move(appended).error();
  co_return Result<void>();
}

// In short steps, since the wall clock, by which overlaps end, may jump.
Task<void> VaultKeeper::run() {
  std::optional<Time> end = vault_.next_end();
  std::optional<Offset> chunk;
  for (;;) {
    const auto chunks = chunks_(kNotedIn);
    if (!chunks.empty() && chunk != chunks.back()) {
      const auto restated = co_await restate();
      if (restated) chunk = chunks.back();
    }
    const Instant again = clock_.instant() + kLookEvery;
    co_await clock_.sleep_until(again);
    if (end && *end <= clock_.now() && tell_) tell_();
    end = vault_.next_end();
  }
}

}  // namespace tenon
