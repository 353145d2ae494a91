// Following the log: what is decided comes into the window, what is done goes out of it.
#include "delivery/runner.hpp"

#include "base/fail_point.hpp"
#include "base/limits.hpp"
#include "ports/append_essential.hpp"

namespace tenon::delivery {
namespace {

// Decided deliveries held in memory: of a partition; of all, beyond which each has its least. A
// million that wait cost no more than these: the others are in the log.
constexpr std::size_t kMaxWindow = 2'000, kMaxWindows = 8'000, kLeastWindow = 256;
constexpr std::size_t kMaxDecisionBytes = 128 * 1024;  // of one reading: some hundred events
constexpr std::size_t kFlushAtKeys = 8'192;
constexpr seconds kFlushEvery{1};
constexpr std::uint32_t kOthers = (1u << static_cast<unsigned>(Stream::attempt)) |
                                  (1u << static_cast<unsigned>(Stream::outcome)) |
                                  (1u << static_cast<unsigned>(Stream::control));

}  // namespace

Runner::Runner(std::string destination, Doors doors, boost::asio::any_io_executor executor,
               std::function<void(Error)> on_fatal)
    : destination_(std::move(destination)),
      doors_(doors),
      on_fatal_(std::move(on_fatal)),
      wake_(executor),
      room_(executor),
      changed_(executor) {}

Result<void> Runner::open() {
  TENON_TRY_AS(store_, doors_.stores.open("destination-" + destination_));
  std::vector<Offset> begins;
  for (std::uint16_t p = 0; p < kPartitions; ++p)
    begins.push_back(doors_.log.begin(PartitionId{p}));
  fold_ = std::make_unique<DeliveryFold>(destination_, doors_.log.id(), *store_);
  auto loaded = fold_->load(begins);
  if (loaded && fold_->trimmed_under()) {
    // A destination that was not configured for so long holds nothing in the log.
    doors_.telemetry.log(LogLevel::error, "delivery.trimmed_under",
                         {{"destination", destination_}});
  }
  for (std::uint16_t p = 0; p < kPartitions && loaded; ++p) {
    const Offset from = fold_->outcomes_from(PartitionId{p});
    if (from > doors_.log.end(PartitionId{p}) || from < begins[p]) {
      loaded = corrupt("its cursor is not in the log");
    }
  }
  if (!loaded) {
    doors_.telemetry.log(LogLevel::warning, "delivery.state_rebuilt",
                         {{"destination", destination_}, {"why", loaded.error().text()}});
    TENON_TRY(store_->clear());
    fold_ = std::make_unique<DeliveryFold>(destination_, doors_.log.id(), *store_);
    TENON_TRY(fold_->load(begins));
  }
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    decisions_at_.push_back(fold_->decisions_from(PartitionId{p}));
    others_at_.push_back(fold_->outcomes_from(PartitionId{p}));
  }
  return {};
}

void Runner::configure(std::shared_ptr<const Setup> setup) {
  setup_ = std::move(setup);
  wake_.notify();
}

void Runner::start(Scope& scope) { scope.spawn(run(scope), "delivery"); }

Task<void> Runner::run(Scope& scope) {
  const auto ready = co_await restore();
  if (!ready) {
    on_fatal_(ready.error());
    co_return;
  }
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    scope.spawn(follow_others(PartitionId{p}), "delivery.others");
    scope.spawn(follow_decisions(PartitionId{p}), "delivery.decisions");
  }
  scope.spawn(flush_often(), "delivery.flush");
  co_await pump(scope);
}

// Before anything is sent, all that earlier runs recorded must be known.
Task<Result<void>> Runner::restore() {
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    while (others_at_[p] < doors_.log.end(PartitionId{p})) {
      TENON_CO_TRY(read_others(PartitionId{p}));
    }
    fold_->outcomes_read_to(PartitionId{p}, others_at_[p]);
  }
  fold_->restored();
  for (const auto& [name, open] : fold_->open_attempts()) {
    cut_short_.push_back(open);
    for (const auto& member : open.members) {
      Pick pick;
      pick.partition = member.partition;
      pick.ref = member.ref;
      claims_.add(pick);
    }
  }
  restored_ = true;
  TENON_FAIL_POINT("delivery.restored");
  co_return Result<void>();
}

Task<Result<void>> Runner::read_others(PartitionId p) {
  ReadLimits limits;
  limits.streams = kOthers;
  const bool was_paused = fold_->pause().paused;
  TENON_CO_TRY_AS(const auto slice, doors_.log.read(p, others_at_[p.value], limits));
  for (const auto& record : slice.records) {
    TENON_FAIL_POINT_IF("delivery.outcome.fold",
                        restored_ && record.header.stream == Stream::outcome);
    const auto applied = fold_->apply_other(p, record);
    if (!applied) co_return Error(applied.error());
    TENON_FAIL_POINT_IF("delivery.outcome.folded",
                        restored_ && record.header.stream == Stream::outcome);
    if (restored_) unclaim_folded(p, record);
  }
  others_at_[p.value] = slice.next;
  fold_->outcomes_read_to(p, slice.next);
  const bool is_paused = fold_->pause().paused;
  if (is_paused) pausing_ = false;
  // Who resumes says that the cause is mended: the next try is at once, and counts as the first.
  if (restored_ && was_paused && !is_paused) doors_.holds.lift(destination_);
  changed_.notify();
  if (fold_->unflushed() >= kFlushAtKeys) {
    const auto flushed = fold_->flush();
    if (!flushed) co_return Error(flushed.error());
  }
  co_return Result<void>();
}

void Runner::unclaim_folded(PartitionId p, const Record& record) {
  if (record.header.stream != Stream::outcome) return;
  const auto attempt = decode_attempt_outcome(record.body);
  if (!attempt || attempt->destination != destination_) return;
  for (const auto& outcome : attempt->outcomes) claims_.remove(p, outcome.delivery);
}

Task<void> Runner::follow_others(PartitionId p) {
  const auto ended = co_await follow_others_until_error(p);
  if (!ended) on_fatal_(ended.error());
}

Task<Result<void>> Runner::follow_others_until_error(PartitionId p) {
  for (;;) {
    if (others_at_[p.value] >= doors_.log.end(p)) {
      co_await doors_.log.wait_beyond(p, others_at_[p.value]);
    }
    TENON_CO_TRY(read_others(p));
    wake_.notify();
    room_.notify();
  }
}

Task<void> Runner::follow_decisions(PartitionId p) {
  const auto ended = co_await follow_decisions_until_error(p);
  if (!ended) on_fatal_(ended.error());
}

Task<Result<void>> Runner::follow_decisions_until_error(PartitionId p) {
  for (;;) {
    while (window_full(p)) co_await room_.wait();
    if (decisions_at_[p.value] >= doors_.log.end(p)) {
      co_await doors_.log.wait_beyond(p, decisions_at_[p.value]);
    }
    ReadLimits limits;
    limits.streams = stream_bit(Stream::decision);
    limits.max_records = 16;
    limits.max_bytes = kMaxDecisionBytes;
    TENON_CO_TRY_AS(const auto slice, doors_.log.read(p, decisions_at_[p.value], limits));
    TENON_FAIL_POINT_IF("delivery.decision.read", !slice.records.empty());
    for (const auto& record : slice.records) {
      const auto applied = fold_->apply_decision(p, record);
      if (!applied) co_return Error(applied.error());
    }
    decisions_at_[p.value] = slice.next;
    fold_->decisions_read_to(p, slice.next);
    changed_.notify();
    if (!slice.records.empty()) wake_.notify();
  }
}

bool Runner::window_full(PartitionId p) const {
  const std::size_t own = fold_->window(p).size();
  return own >= kMaxWindow || (own >= kLeastWindow && fold_->window_size() >= kMaxWindows);
}

Task<void> Runner::flush_often() {
  for (;;) {
    while (fold_->unflushed() == 0) co_await changed_.wait();
    const Instant at = doors_.clock.instant() + kFlushEvery;
    co_await doors_.clock.sleep_until(at);
    const auto flushed = fold_->flush();
    if (!flushed) {
      on_fatal_(flushed.error());
      co_return;
    }
  }
}

Result<void> Runner::sync() {
  TENON_TRY(fold_->flush_places());
  return store_->sync();
}

Task<Result<Offset>> Runner::needed_from(PartitionId p) {
  Offset from = std::min(fold_->decisions_from(p), fold_->outcomes_from(p));
  const auto waiting = fold_->oldest_waiting(p);
  if (!waiting) co_return waiting.error();
  if (*waiting) from = std::min(from, **waiting);
  // What is decided and not read yet: its events lie before the decision.
  ReadLimits next;
  next.streams = stream_bit(Stream::decision);
  next.max_records = 1;
  TENON_CO_TRY_AS(const auto slice, doors_.log.read(p, decisions_at_[p.value], next));
  if (slice.records.empty()) co_return from;
  const auto decision = decode_decision(slice.records.front().body);
  if (!decision) co_return decision.error();
  co_return std::min(from, decision->from);
}

RunnerStatus Runner::status() {
  RunnerStatus status;
  status.destination = destination_;
  status.configured = setup_ != nullptr;
  status.restored = restored_;
  status.pause = fold_->pause();
  status.hold = doors_.holds.of(destination_);
  status.in_flight = in_flight_;
  status.window = fold_->window_size();
  status.retry_share = budget_.share(doors_.clock.instant());
  const auto next = fold_->next_due();
  if (next) status.next_due = *next;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    status.lag_bytes += doors_.log.end(PartitionId{p}).value - decisions_at_[p].value;
  }
  return status;
}

bool Runner::idle() {
  if (!restored_ || in_flight_ > 0 || fold_->window_size() > 0 || claims_.size() > 0) return false;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    const Offset end = doors_.log.end(PartitionId{p});
    if (decisions_at_[p] < end || others_at_[p] < end) return false;
  }
  const auto next = fold_->next_due();
  return next && !*next;
}

}  // namespace tenon::delivery
