// The chain out of the log and into it.
#include "chain/chain_keeper.hpp"

#include <algorithm>
#include <deque>

#include "audit/completeness.hpp"
#include "base/fail_point.hpp"
#include "event/vault_changed.hpp"
#include "ports/append_essential.hpp"

namespace tenon {
namespace {

const PartitionId kChainIn{0};
constexpr std::size_t kMaxBatch = 256;
constexpr seconds kLookEvery{1};
constexpr seconds kSayEvery{60};
constexpr std::uint64_t kSayAfter = 1'000;
constexpr std::uint32_t kFirstRefusal = 400;

AuditEntry own_entry(const char* act, Time now) {
  AuditEntry entry;
  entry.at = now;
  entry.actor = "host";
  entry.act = act;
  entry.status = 200;
  return entry;
}

bool fits(const AuditQuery& query, const AuditEntry& entry) {
  if (query.before != 0 && entry.sequence >= query.before) return false;
  if (std::max(entry.at, entry.until) < query.since) return false;
  if (!query.actor.empty() && query.actor != entry.actor) return false;
  return !query.refused || entry.status >= kFirstRefusal;
}

}  // namespace

// `take(record, entry)` answers false to end it. An entry is an error where its bytes are none.
template <typename Take>
Task<Result<void>> ChainKeeper::read(Offset from, Offset to, Take take) {
  ReadLimits limits;
  limits.streams = stream_bit(Stream::audit);
  while (from < to) {
    TENON_CO_TRY_AS(const auto slice, log_.read(kChainIn, from, limits));
    for (const auto& record : slice.records) {
      if (record.offset >= to) co_return Result<void>();
      if (record.header.type != static_cast<std::uint16_t>(AuditType::entry)) continue;
      if (record.header.tenant != tenant_ || record.header.workspace != workspace_) continue;
      if (!take(decode_audit_entry(record.body))) co_return Result<void>();
    }
    from = slice.next;
  }
  co_return Result<void>();
}

// Each chunk that is not new holds an entry; all of the log is read only where an older version
// wrote it.
Task<Result<void>> ChainKeeper::find_head() {
  const auto chunks = chunks_(kChainIn);
  const Offset begin = log_.begin(kChainIn), end = log_.end(kChainIn);
  const Offset late = chunks.size() > 3 ? chunks[chunks.size() - 3] : begin;
  ChainHead found;
  const auto take = [&found](const Result<AuditEntry>& entry) {
    if (entry) found = ChainHead{entry->sequence, entry->mac};
    return true;
  };
  TENON_CO_TRY(read(late, end, take));
  if (found.sequence == 0 && begin < late) TENON_CO_TRY(read(begin, late, take));
  head_ = found;
  sure_ = true;
  co_return Result<void>();
}

Task<Result<void>> ChainKeeper::restore(NameHash tenant, NameHash workspace) {
  tenant_ = tenant;
  workspace_ = workspace;
  auto finding = find_head();
  auto found = co_await std::move(finding);
  said_ = head_;
  co_return found;
}

Task<Result<std::uint64_t>> ChainKeeper::note(AuditEntry entry, std::string_view body) {
  if (waiting_.size() >= kMaxAuditQueued) {
    co_return limited("more than " + std::to_string(kMaxAuditQueued) +
                          " acts wait to be noted in the audit chain",
                      seconds{1});
  }
  entry.body = key_.digest_of(body);
  const auto noted = std::make_shared<Noted>();
  waiting_.push_back(Waiting{std::move(entry), noted});
  asked_.notify();
  while (!noted->done) co_await written_.wait();
  co_return noted->sequence;
}

void ChainKeeper::tell(AuditEntry entry) {
  auto first = tally_.add(std::move(entry), clock_.now());
  if (first) waiting_.push_back(Waiting{std::move(*first), nullptr});
}

void ChainKeeper::gather() {
  const auto chunks = chunks_(kChainIn);
  if (!chunks.empty() && chunk_ != chunks.back()) {
    waiting_.push_back({own_entry(chunk_ ? "log.chunk" : "host.start", clock_.now()), nullptr});
    chunk_ = chunks.back();
  }
  for (auto& entry : tally_.due(clock_.now(), all_)) {
    waiting_.push_back(Waiting{std::move(entry), nullptr});
  }
}

Task<Result<void>> ChainKeeper::write(std::vector<AuditEntry>& entries) {
  if (!sure_) {
    auto finding = find_head();
    TENON_CO_TRY(std::move(finding));
  }
  ChainHead head = head_;
  std::vector<NewRecord> records;
  for (auto& entry : entries) {
    seal(entry, head, key_);
    NewRecord record;
    record.partition = kChainIn;
    record.header.stream = Stream::audit;
    record.header.type = static_cast<std::uint16_t>(AuditType::entry);
    record.header.tenant = tenant_;
    record.header.workspace = workspace_;
    record.header.occurred = entry.at;
    record.body = encode(entry);
    records.push_back(std::move(record));
  }
  sure_ = false;
  TENON_FAIL_POINT("chain.append");
  auto appending = append_essential(log_, clock_, std::move(records), AppendWait::durable);
  const auto appended = co_await std::move(appending);
  if (!appended) co_return Error(appended.error());
  TENON_FAIL_POINT("chain.appended");
  head_ = head;
  sure_ = true;
  co_return Result<void>();
}

// What nobody waits for stays when it could not be written; who waits is told.
Task<void> ChainKeeper::write_waiting() {
  busy_ = true;
  const std::size_t size = std::min(waiting_.size(), kMaxBatch);
  std::vector<AuditEntry> entries;
  for (std::size_t i = 0; i < size; ++i) entries.push_back(waiting_[i].entry);
  auto writing = write(entries);
  const auto written = co_await std::move(writing);
  std::vector<Waiting> left;
  for (std::size_t i = 0; i < size; ++i) {
    auto& [entry, noted] = waiting_[i];
    if (noted) {
      noted->done = true;
      noted->sequence = written ? Result<std::uint64_t>(entries[i].sequence)
                                : Result<std::uint64_t>(Error(written.error()));
    } else if (!written) {
      left.push_back(std::move(waiting_[i]));
    }
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(size));
  waiting_.insert(waiting_.begin(), left.begin(), left.end());
  busy_ = false;
  if (!written) {
    const std::string why = written.error().text();
    telemetry_.log(LogLevel::error, "audit.not_written", {{"why", why}});
  }
  written_.notify();
}

void ChainKeeper::say_head() {
  const Instant now = clock_.instant();
  if (head_ == said_) {
    said_at_ = now;
    return;
  }
  if (now - said_at_ < kSayEvery && head_.sequence - said_.sequence < kSayAfter) return;
  said_ = head_;
  said_at_ = now;
  const std::string anchor = to_text(head_);
  telemetry_.log(LogLevel::info, "audit.head", {{"anchor", anchor}});
}

// Nothing comes between looking and waiting, so no call is missed.
Task<void> ChainKeeper::run() {
  said_at_ = clock_.instant();
  for (;;) {
    gather();
    const std::size_t before = waiting_.size();
    if (before > 0) {
      auto writing = write_waiting();
      co_await std::move(writing);
    }
    say_head();
    // What could not be written is tried again at the next look, not at once.
    if (!waiting_.empty() && waiting_.size() < before) continue;
    co_await asked_.wait();
  }
}

Task<void> ChainKeeper::look() {
  for (;;) {
    const Instant again = clock_.instant() + kLookEvery;
    co_await clock_.sleep_until(again);
    asked_.notify();
  }
}

Task<void> ChainKeeper::flush() {
  all_ = true;
  asked_.notify();
  while (busy_ || !waiting_.empty() || tally_.waiting()) co_await written_.wait();
}

Task<Result<std::vector<AuditEntry>>> ChainKeeper::list(AuditQuery query) {
  std::deque<AuditEntry> newest;
  std::optional<Error> damaged;
  const auto take = [&](Result<AuditEntry> entry) {
    if (!entry) {
      damaged = entry.error();
      return false;
    }
    if (fits(query, *entry)) newest.push_front(std::move(*entry));
    if (newest.size() > query.limit) newest.pop_back();
    return true;
  };
  TENON_CO_TRY(read(log_.begin(kChainIn), log_.end(kChainIn), take));
  if (damaged) co_return *damaged;
  co_return std::vector<AuditEntry>(newest.begin(), newest.end());
}

Task<Result<ChainReport>> ChainKeeper::verify(std::optional<ChainAnchor> anchor) {
  ChainCheck check(key_, !is_trimmed(log_.begin(kChainIn)), anchor);
  const auto take = [&check](const Result<AuditEntry>& entry) {
    if (entry) {
      check.take(*entry);
    } else {
      check.take_damaged(entry.error().text());
    }
    return true;
  };
  TENON_CO_TRY(read(log_.begin(kChainIn), log_.end(kChainIn), take));
  co_return check.report();
}

}  // namespace tenon
