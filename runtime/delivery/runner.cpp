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
constexpr std::size_t kFlushAtKeys = 8'192;
constexpr seconds kFlushEvery{1};

}  // namespace

Runner::Runner(std::string destination, Doors doors, Tail& tail,
               boost::asio::any_io_executor executor, std::function<void(Error)> on_fatal)
    : destination_(std::move(destination)),
      doors_(doors),
      tail_(tail),
      on_fatal_(std::move(on_fatal)),
      in_tail_(kPartitions),
      wake_(executor),
      room_(executor),
      changed_(executor),
      left_(executor),
      spotted_(executor),
      reruns_(*this, doors_.log, doors_.clock, executor),
      letters_(*this, doors_.log, doors_.clock) {}

Result<void> Runner::open() {
  TENON_TRY_AS(store_, doors_.stores.open("destination-" + destination_));
  std::vector<Offset> begins;
  for (std::uint16_t p = 0; p < kPartitions; ++p)
    begins.push_back(doors_.log.begin(PartitionId{p}));
  fold_ = std::make_unique<DeliveryFold>(destination_, doors_.log.id(), *store_);
  auto loaded = fold_->load(begins, doors_.clock.now());
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
    TENON_TRY(fold_->load(begins, doors_.clock.now()));
  }
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    decisions_at_.push_back(fold_->decisions_from(PartitionId{p}));
    others_at_.push_back(fold_->outcomes_from(PartitionId{p}));
  }
  return {};
}

void Runner::configure(std::shared_ptr<const Setup> setup, CanaryRelease candidate) {
  setup_ = std::move(setup);
  candidate_ = std::move(candidate);
  wake_.notify();
  reruns_.notify();
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
  scope.spawn(until_error(reruns_.run()), "delivery.reruns");
  scope.spawn(until_error(letters_.run()), "delivery.letters");
  scope.spawn(look_for_spots(), "delivery.spots");
  co_await pump(scope);
}

// Before anything is sent, all that earlier runs recorded must be known.
Task<Result<void>> Runner::restore() {
  TENON_CO_TRY(read_all_others());
  auto lost = fold_->lost_outcomes();
  if (!lost.empty()) {
    doors_.telemetry.count("delivery_outcomes_completed", {{"destination", destination_}},
                           static_cast<double>(lost.size()));
    TENON_CO_TRY(append_essential(doors_.log, doors_.clock, std::move(lost), AppendWait::durable));
    TENON_CO_TRY(read_all_others());
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

Task<Result<void>> Runner::read_all_others() {
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    while (others_at_[p] < doors_.log.end(PartitionId{p})) {
      TENON_CO_TRY(read_others(PartitionId{p}));
    }
    fold_->outcomes_read_to(PartitionId{p}, others_at_[p]);
  }
  co_return Result<void>();
}

Task<Result<void>> Runner::read_others(PartitionId p) {
  const ReadLimits limits = limits_of(Line::others);
  TENON_CO_TRY_AS(const auto slice, doors_.log.read(p, others_at_[p.value], limits));
  bool ours = false;
  for (const auto& record : slice.records) {
    if (!fold_->concerns(record)) continue;
    ours = true;
    const auto taken = take_other(p, record);
    if (!taken) co_return Error(taken.error());
  }
  co_return others_taken(p, slice.next, ours);
}

Result<void> Runner::take(Line line, PartitionId p, const Record& record) {
  return line == Line::decisions ? take_decision(p, record) : take_other(p, record);
}

Result<bool> Runner::taken(Line line, PartitionId p, Offset next, bool ours) {
  if (line == Line::others) {
    TENON_TRY(others_taken(p, next, ours));
    return true;
  }
  decisions_taken(p, next, ours);
  if (!window_full(p)) return true;
  in_tail_[p.value] = false;
  left_.notify();
  return false;
}

Result<void> Runner::take_other(PartitionId p, const Record& record) {
  const bool was_paused = fold_->pause().paused;
  TENON_FAIL_POINT_IF("delivery.outcome.fold",
                      restored_ && record.header.stream == Stream::outcome);
  TENON_TRY(fold_->apply_other(p, record));
  TENON_FAIL_POINT_IF("delivery.outcome.folded",
                      restored_ && record.header.stream == Stream::outcome);
  if (restored_) unclaim_folded(p, record);
  const bool is_paused = fold_->pause().paused;
  if (is_paused) pausing_ = false;
  // Who resumes says that the cause is mended: the next try is at once, and counts as the first.
  if (restored_ && was_paused && !is_paused) {
    doors_.holds.lift(destination_);
    if (auto* tokens = doors_.egress.tokens()) tokens->try_again(destination_);
  }
  return {};
}

Result<void> Runner::others_taken(PartitionId p, Offset next, bool ours) {
  others_at_[p.value] = next;
  fold_->outcomes_read_to(p, next);
  if (fold_->unflushed() >= kFlushAtKeys) TENON_TRY(fold_->flush());
  if (!ours) return {};
  changed_.notify();
  if (restored_) {
    wake_.notify();
    room_.notify();
    reruns_.notify();
  }
  return {};
}

Result<void> Runner::take_decision(PartitionId p, const Record& record) {
  const std::size_t waiting = fold_->window_size();
  TENON_TRY(fold_->apply_decision(p, record));
  if (fold_->window_size() > waiting) wake_.notify();
  return {};
}

void Runner::decisions_taken(PartitionId p, Offset next, bool any) {
  decisions_at_[p.value] = next;
  fold_->decisions_read_to(p, next);
  if (any) changed_.notify();
  // It waits for what is decided up to its end to be read.
  if (fold_->open_rerun() != nullptr) reruns_.notify();
}

void Runner::unclaim_folded(PartitionId p, const Record& record) {
  if (record.header.stream != Stream::outcome) return;
  const auto attempt = decode_attempt_outcome(record.body);
  if (!attempt) return;
  for (const auto& outcome : attempt->outcomes) claims_.remove(p, outcome.delivery);
}

Task<void> Runner::until_error(Task<Result<void>> task) {
  const auto ended = co_await std::move(task);
  if (!ended) on_fatal_(ended.error());
}

Task<void> Runner::follow_others(PartitionId p) {
  const auto ended = co_await follow_others_until_error(p);
  if (!ended) on_fatal_(ended.error());
}

Task<Result<void>> Runner::follow_others_until_error(PartitionId p) {
  while (!tail_.join(Line::others, p, *this)) TENON_CO_TRY(read_others(p));
  co_return Result<void>();
}

Task<void> Runner::follow_decisions(PartitionId p) {
  const auto ended = co_await follow_decisions_until_error(p);
  if (!ended) on_fatal_(ended.error());
}

Task<Result<void>> Runner::follow_decisions_until_error(PartitionId p) {
  const ReadLimits limits = limits_of(Line::decisions);
  for (;;) {
    while (window_full(p)) co_await room_.wait();
    if (tail_.join(Line::decisions, p, *this)) {
      in_tail_[p.value] = true;
      while (in_tail_[p.value]) co_await left_.wait();
      continue;
    }
    TENON_CO_TRY_AS(const auto slice, doors_.log.read(p, decisions_at_[p.value], limits));
    TENON_FAIL_POINT_IF("delivery.decision.read", !slice.records.empty());
    for (const auto& record : slice.records) {
      const auto taken = take_decision(p, record);
      if (!taken) co_return Error(taken.error());
    }
    decisions_taken(p, slice.next, !slice.records.empty());
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
  TENON_CO_TRY_AS(const auto of_rerun, reruns_.needed_from(p));
  if (of_rerun) from = std::min(from, *of_rerun);
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

Result<void> Runner::count_into(CompletenessRows& rows, const HourRange& range, Time counted_from,
                                const std::vector<Offset>& decided_to) {
  return fold_->count_into(rows, range, counted_from, decisions_at_ == decided_to);
}

bool Runner::idle() {
  if (!restored_ || in_flight_ > 0 || fold_->window_size() > 0 || claims_.size() > 0) return false;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    const Offset end = doors_.log.end(PartitionId{p});
    if (decisions_at_[p] < end || others_at_[p] < end) return false;
  }
  if (fold_->open_rerun() != nullptr) return false;
  const auto next = fold_->next_due();
  return next && !*next;
}

}  // namespace tenon::delivery
