// Taking up deliveries step by step.
#include "delivery/rerun_driver.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "delivery/rerun_cost.hpp"
#include "delivery/runner.hpp"
#include "event/control.hpp"
#include "event/decision.hpp"
#include "ports/append_essential.hpp"
#include "ports/with_deadline.hpp"

namespace tenon::delivery {
namespace {

constexpr std::size_t kMaxTaken = 500;  // deliveries of a rerun that wait, over all partitions
constexpr std::size_t kMaxStep = 100;   // taken up by one record
constexpr seconds kLookAgain{60};       // at the latest, whatever the signals say
constexpr milliseconds kFollowPoll{2};

// Each step is a record that is synced, and a look at the log: ten of them a second are enough.
double step_of(std::uint32_t rate) { return std::max(1.0, rate / 10.0); }

}  // namespace

std::size_t Pace::take(std::uint32_t rate, std::size_t most, Instant now) {
  if (rate == 0) return most;
  const double burst = std::max(1.0, static_cast<double>(rate));
  if (!at_) saved_ = 1;
  if (at_) saved_ += std::chrono::duration<double>(now - *at_).count() * rate;
  saved_ = std::min(saved_, burst);
  at_ = now;
  if (saved_ < std::min(step_of(rate), static_cast<double>(most))) return 0;
  const auto taken = std::min(most, static_cast<std::size_t>(saved_));
  saved_ -= static_cast<double>(taken);
  return taken;
}

Instant Pace::next(std::uint32_t rate, Instant now) const {
  const double least = step_of(rate);
  if (rate == 0 || saved_ >= least) return now;
  return now + microseconds{static_cast<std::int64_t>((least - saved_) / rate * 1e6) + 1};
}

NewRecord rerun_record(PartitionId p, const Control& control, const Workspace* workspace,
                       Time occurred) {
  NewRecord record;
  record.partition = p;
  record.header.stream = Stream::control;
  record.header.type = static_cast<std::uint16_t>(type_of(control));
  record.header.occurred = occurred;
  if (workspace != nullptr) {
    record.header.tenant = hash_of_name(workspace->tenant.value);
    record.header.workspace = hash_of_name(workspace->name.value);
    record.header.config = workspace->version;
  }
  record.body = encode(control);
  return record;
}

NewRecord RerunDriver::record_of(PartitionId p, const Control& control, Time occurred) const {
  const auto& setup = runner_.setup();
  return rerun_record(p, control, setup ? setup->workspace.get() : nullptr, occurred);
}

Task<void> RerunDriver::wait(Instant until) {
  auto waiting = changed_.wait();
  (void)co_await with_deadline(clock_, until, std::move(waiting));
}

Task<Result<void>> RerunDriver::run() {
  for (;;) {
    const RerunState* open = runner_.fold().open_rerun();
    Instant next = clock_.instant() + kLookAgain;
    if (open == nullptr || !runner_.is_restored()) {
      co_await wait(next);
      continue;
    }
    const RerunId id = open->asked.id;
    if (!open->complete()) {
      TENON_CO_TRY(complete(id));
      continue;
    }
    if (!runner_.setup()) {
      co_await wait(next);
      continue;
    }
    if (ahead_.id != id) begin(*open);
    TENON_CO_TRY_AS(const bool moved, move(id, next));
    if (!moved) co_await wait(next);
  }
}

Task<Result<std::optional<Offset>>> RerunDriver::needed_from(PartitionId p) {
  std::optional<Offset> from;
  const RerunState* open = runner_.fold().open_rerun();
  if (open == nullptr || open->fate != RerunFate::none) co_return from;
  const bool begun = ahead_.id == open->asked.id;
  if (open->asked.kind != RerunKind::replay) {
    // Letters that it has not come to yet: their events.
    if (!begun || !ahead_.letters_finished) {
      const auto oldest = runner_.fold().oldest_row(p);
      if (!oldest) co_return Error(oldest.error());
      from = *oldest;
    }
    co_return from;
  }
  if (begun && ahead_.finished[p.value]) co_return from;
  const auto& part = open->parts[p.value];
  const Offset at = begun ? ahead_.at[p.value].decision : part.decision;
  ReadLimits next;
  next.streams = stream_bit(Stream::decision);
  next.max_records = 1;
  const Offset place = std::max(at, log_.begin(p));
  TENON_CO_TRY_AS(const auto slice, log_.read(p, place, next));
  from = place;
  if (slice.records.empty()) co_return from;
  // The events of a decision lie before it.
  const auto decision = decode_decision(slice.records.front().body);
  if (!decision) co_return Error(decision.error());
  from = std::min(place, decision->from);
  co_return from;
}

void RerunDriver::begin(const RerunState& rerun) {
  ahead_ = Ahead{};
  ahead_.id = rerun.asked.id;
  ahead_.finished.assign(kPartitions, false);
  for (const auto& part : rerun.parts) ahead_.at.push_back(ScanPlace{part.decision, part.events});
}

// Writes what a crash left in some partitions only.
Task<Result<void>> RerunDriver::complete(RerunId id) {
  const RerunState rerun = runner_.fold().reruns().at(id);
  std::vector<NewRecord> records;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    const auto& part = rerun.parts[p];
    if (rerun.fate == RerunFate::none && !part.started) {
      records.push_back(record_of(PartitionId{p}, Control(rerun.asked), rerun.started));
    } else if (rerun.fate != RerunFate::none && !part.ended) {
      RerunMoved moved;
      moved.id = id;
      moved.destination = rerun.asked.destination;
      moved.fate = rerun.fate;
      moved.actor = rerun.ended_by;
      moved.reason = rerun.reason;
      records.push_back(record_of(PartitionId{p}, Control(std::move(moved)), rerun.ended));
    }
  }
  co_return co_await append(std::move(records));
}

Task<Result<void>> RerunDriver::end(RerunId id, RerunFate fate, std::string reason) {
  std::vector<NewRecord> records;
  RerunMoved moved;
  moved.id = id;
  moved.destination = runner_.destination();
  moved.fate = fate;
  moved.actor = "host";
  moved.reason = std::move(reason);
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    records.push_back(record_of(PartitionId{p}, Control(moved), clock_.now()));
  }
  co_return co_await append(std::move(records));
}

// Durable, and known to the fold: only then is the next step decided.
Task<Result<void>> RerunDriver::append(std::vector<NewRecord> records) {
  std::vector<PartitionId> partitions;
  for (const auto& record : records) partitions.push_back(record.partition);
  TENON_CO_TRY_AS(const auto offsets,
                  append_essential(log_, clock_, std::move(records), AppendWait::durable));
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    while (!runner_.has_followed(partitions[i], offsets[i])) {
      const Instant again = clock_.instant() + kFollowPoll;
      co_await clock_.sleep_until(again);
    }
  }
  co_return Result<void>();
}

Task<Result<bool>> RerunDriver::move(RerunId id, Instant& next) {
  const RerunState& rerun = runner_.fold().reruns().at(id);
  // A burst would use up the window of a limit at once, and what is live would wait for the next
  // one.
  const auto setup = runner_.setup();
  const std::uint32_t rate = rerun.asked.rate != 0
                                 ? rerun.asked.rate
                                 : declared_rate(setup->manifest, *setup->destination);
  const bool replay = rerun.asked.kind == RerunKind::replay;
  const bool all_taken = replay ? std::find(ahead_.finished.begin(), ahead_.finished.end(),
                                            false) == ahead_.finished.end()
                                : ahead_.letters_finished;
  if (all_taken) {
    if (rerun.waiting > 0) co_return false;
    TENON_CO_TRY(end(id, RerunFate::done, ""));
    co_return true;
  }
  if (rerun.waiting >= kMaxTaken) co_return false;
  const std::size_t most = std::min(kMaxStep, kMaxTaken - rerun.waiting);
  const Instant now = clock_.instant();
  const std::size_t allowed = ahead_.pace.take(rate, most, now);
  if (allowed == 0) {
    next = ahead_.pace.next(rate, now);
    co_return false;
  }
  auto step = replay ? replay_some(id, allowed) : redrive_some(id, allowed);
  auto moved = co_await std::move(step);
  co_return moved;
}

// Is the delivery at rest, so that sending it once more doubles nothing? Then how it goes on.
Result<bool> RerunDriver::at_rest(const Candidate& candidate, PartitionId p, RerunItem& item) {
  auto& fold = runner_.fold();
  if (runner_.in_flight(candidate.ref.id) || fold.is_open(p, candidate.ref.id)) return false;
  item.delivery = candidate.ref;
  item.action = candidate.action;
  TENON_TRY_AS(const auto row, fold.row(p, candidate.ref));
  if (!row) return true;
  if (!is_given_up(row->state)) return false;
  item.letter = row->ref.replay.value == 0;  // a dead letter is redriven: it counts as live again
  if (item.letter) item.delivery = row->ref;
  return true;
}

Task<Result<bool>> RerunDriver::replay_some(RerunId id, std::size_t most) {
  const RerunStarted asked = runner_.fold().reruns().at(id).asked;
  auto spec = replay_spec_of(asked);
  if (!spec) {
    TENON_CO_TRY(end(id, RerunFate::failed, spec.error().text()));
    co_return true;
  }
  for (std::size_t i = 0; i < kPartitions; ++i) {
    const PartitionId p{static_cast<std::uint16_t>(turn_++ % kPartitions)};
    if (ahead_.finished[p.value]) continue;
    const Offset stop = runner_.fold().reruns().at(id).parts[p.value].end;
    // What is decided there must be known here, else it could not be told whether it is at rest.
    if (runner_.decisions_at(p) < stop) continue;
    const auto setup = runner_.setup();
    if (!setup) co_return false;
    TENON_CO_TRY_AS(const auto step,
                    scan_replay(log_, p, ahead_.at[p.value], stop, *spec, setup->workspace, most));
    if (runner_.fold().reruns().at(id).fate != RerunFate::none) co_return true;
    RerunMoved moved;
    for (const auto& candidate : step.candidates) {
      RerunItem item;
      const auto rests = at_rest(candidate, p, item);
      if (!rests) co_return Error(rests.error());
      if (*rests) {
        moved.items.push_back(std::move(item));
      } else {
        ++moved.left_alone;
      }
    }
    ahead_.pace.give_back(most - std::min(most, step.candidates.size()));
    ahead_.at[p.value] = step.next;
    ahead_.finished[p.value] = step.finished;
    ahead_.looked += step.looked;
    if (step.candidates.empty() && !step.finished) co_return true;
    if (step.candidates.empty() && ahead_.looked == 0) co_return true;
    moved.id = id;
    moved.destination = asked.destination;
    moved.decision = step.next.decision;
    moved.events = step.next.events;
    moved.looked = ahead_.looked;
    ahead_.looked = 0;
    // Under the configuration that decided them, whichever is in force by now.
    std::vector<NewRecord> records;
    records.push_back(
        rerun_record(p, Control(std::move(moved)), setup->workspace.get(), clock_.now()));
    TENON_CO_TRY(append(std::move(records)));
    co_return true;
  }
  ahead_.pace.give_back(most);
  // True: every partition is finished, which is for the caller to see.
  const bool all =
      std::find(ahead_.finished.begin(), ahead_.finished.end(), false) == ahead_.finished.end();
  co_return all;
}

Task<Result<bool>> RerunDriver::redrive_some(RerunId id, std::size_t most) {
  const RerunState& rerun = runner_.fold().reruns().at(id);
  const LetterFilter filter = letter_filter_of(rerun.asked, rerun.started);
  const auto page = runner_.fold().letters(filter, ahead_.letter, most);
  if (!page) co_return Error(page.error());
  std::map<PartitionId, RerunMoved> parts;
  for (const auto& row : page->rows) {
    RerunMoved& moved = parts[row.partition];
    moved.id = id;
    moved.destination = rerun.asked.destination;
    ++moved.looked;
    RerunItem item;
    item.delivery = row.ref;
    item.action = row.action;
    item.letter = true;
    moved.items.push_back(std::move(item));
  }
  ahead_.pace.give_back(most - std::min(most, page->rows.size()));
  ahead_.letter = page->next;
  ahead_.letters_finished = page->next.empty();
  std::vector<NewRecord> records;
  for (auto& [p, moved] : parts) {
    records.push_back(record_of(p, Control(std::move(moved)), clock_.now()));
  }
  if (!records.empty()) TENON_CO_TRY(append(std::move(records)));
  co_return true;
}

}  // namespace tenon::delivery
