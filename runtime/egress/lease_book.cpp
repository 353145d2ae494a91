// Folding leases, and giving them to the limiter.
#include "egress/lease_book.hpp"

#include <algorithm>

#include "base/codec.hpp"

namespace tenon {
namespace {

constexpr std::size_t kPage = 512;
constexpr seconds kReadAgain{30};
constexpr std::size_t kFlushAtKeys = 8'192;

// Set while it lives, however its coroutine ends.
class Reading {
 public:
  explicit Reading(bool& flag) : flag_(flag) { flag_ = true; }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() { flag_ = false; }

 private:
  bool& flag_;
};

std::string key_at(char kind, const std::string& bucket, Time granted) {
  return kind + bucket + '\0' +
         key_u64(static_cast<std::uint64_t>(std::max<std::int64_t>(0, us_of(granted))));
}

}  // namespace

Result<void> LeaseBook::open() {
  TENON_TRY_AS(store_, stores_.open("limits"));
  auto loaded = load();
  if (loaded) return {};
  // Behind another log, or torn: the log has it all.
  TENON_TRY(store_->clear());
  return load();
}

Result<void> LeaseBook::load() {
  state_ = std::make_unique<StateOverlay>(*store_);
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    at_[p] = log_.begin(PartitionId{p});
    TENON_TRY_AS(const auto stored, state_->get("c" + key_u16(p)));
    if (!stored) continue;
    Reader in(*stored);
    const Offset from{in.u64()};
    if (!in.done() || from > log_.end(PartitionId{p})) {
      return corrupt("state of limits: its cursor is not in the log");
    }
    at_[p] = std::max(at_[p], from);
  }
  return {};
}

Task<Result<void>> LeaseBook::read(PartitionId p) {
  while (at_[p.value] < log_.end(p)) {
    ReadLimits limits;
    limits.streams = stream_bit(Stream::lease);
    TENON_CO_TRY_AS(const auto slice, log_.read(p, at_[p.value], limits));
    for (const auto& record : slice.records) {
      const auto lease = decode_lease(record.body);
      if (!lease) co_return Error(lease.error());
      latest_ = std::max(latest_, lease->granted);
      state_->put(key_at('l', lease->bucket, lease->granted), record.body);
    }
    at_[p.value] = slice.next;
    if (state_->size() < kFlushAtKeys) continue;
    const auto merged = merge_old();
    if (!merged) co_return Error(merged.error());
  }
  co_return Result<void>();
}

// Two readers at a time would count a lease twice, once it is added up.
Task<Result<void>> LeaseBook::catch_up() {
  if (reading_) co_return Result<void>();
  const Reading reading(reading_);
  for (std::uint16_t p = 0; p < kPartitions; ++p) TENON_CO_TRY(read(PartitionId{p}));
  auto merged = merge_old();
  if (merged) merged = drop_old();
  if (!merged) co_return Error(merged.error());
  co_return state_->flush();
}

Result<void> LeaseBook::add_up(const Lease& lease) {
  const auto minute = std::chrono::floor<std::chrono::minutes>(lease.granted);
  const std::string key = key_at('m', lease.bucket, minute);
  Lease sum = lease;
  TENON_TRY_AS(const auto before, state_->get(key));
  if (before) {
    TENON_TRY_AS(const auto known, decode_lease(*before));
    sum.tokens += known.tokens;
    sum.granted = std::max(sum.granted, known.granted);
    sum.expires = std::max(sum.expires, known.expires);
  }
  state_->put(key, encode(sum));
  return {};
}

// With the cursor in the same commit, so that none is counted twice.
Result<void> LeaseBook::merge_old() {
  std::string from = "l";
  for (bool more = true; more;) {
    TENON_TRY_AS(const auto page, state_->scan(from, end_of_prefix("l"), kPage));
    more = page.size() == kPage;
    for (const auto& entry : page) {
      from = entry.key + '\0';
      TENON_TRY_AS(const auto lease, decode_lease(entry.value));
      if (lease.granted >= latest_ - kLeaseExact) continue;
      TENON_TRY(add_up(lease));
      state_->erase(entry.key);
    }
  }
  put_places();
  return state_->flush();
}

Task<Result<Offset>> LeaseBook::needed_from(PartitionId p) {
  TENON_CO_TRY(catch_up());
  co_return at_[p.value];
}

void LeaseBook::put_places() {
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    Writer out;
    out.u64(at_[p].value);
    state_->put("c" + key_u16(p), std::move(out).take());
  }
}

Result<void> LeaseBook::sync() {
  put_places();
  TENON_TRY(state_->flush());
  return store_->sync();
}

Result<void> LeaseBook::drop_old() {
  std::string from = "m";
  for (bool more = true; more;) {
    TENON_TRY_AS(const auto page, state_->scan(from, end_of_prefix("m"), kPage));
    more = page.size() == kPage;
    for (const auto& entry : page) {
      from = entry.key + '\0';
      TENON_TRY_AS(const auto lease, decode_lease(entry.value));
      if (lease.granted < latest_ - kLeaseKept) state_->erase(entry.key);
    }
  }
  return {};
}

Result<std::vector<Lease>> LeaseBook::leases() {
  std::vector<Lease> all;
  for (const char* kind : {"m", "l"}) {  // earlier ones first
    std::string from = kind;
    for (bool more = true; more;) {
      TENON_TRY_AS(const auto page, state_->scan(from, end_of_prefix(kind), kPage));
      more = page.size() == kPage;
      for (const auto& entry : page) {
        from = entry.key + '\0';
        TENON_TRY_AS(auto lease, decode_lease(entry.value));
        all.push_back(std::move(lease));
      }
    }
  }
  return all;
}

Task<Result<void>> LeaseBook::restore(RateLimiter& limiter) {
  const auto opened = open();
  if (!opened) co_return Error(opened.error());
  TENON_CO_TRY(catch_up());
  const auto all = leases();
  if (!all) co_return Error(all.error());
  for (const auto& lease : *all) limiter.restore(lease, clock_.now());
  co_return Result<void>();
}

Task<void> LeaseBook::follow(std::function<void(Error)> on_fatal) {
  for (;;) {
    const Instant again = clock_.instant() + kReadAgain;
    co_await clock_.sleep_until(again);
    const auto caught_up = co_await catch_up();
    if (!caught_up) {
      on_fatal(caught_up.error());
      co_return;
    }
  }
}

}  // namespace tenon
