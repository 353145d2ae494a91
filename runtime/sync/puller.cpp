// The loop of one pull. Order: page durable, events in, mark; a crash anywhere goes on from there.
#include "sync/puller.hpp"

#include "base/fail_point.hpp"
#include "base/hash.hpp"
#include "base/limits.hpp"
#include "ports/append_essential.hpp"
#include "ports/with_deadline.hpp"
#include "sync/enter.hpp"
#include "sync/schedule.hpp"

namespace tenon::sync {
namespace {

constexpr seconds kLookAgain{60};  // at the latest, whatever the signals say

NewRecord record_of(const PartitionId home, const CallTarget& target, PulledType type,
                    std::string body) {
  NewRecord record;
  record.partition = home;
  record.header.stream = Stream::pulled;
  record.header.type = static_cast<std::uint16_t>(type);
  record.header.tenant = hash_of_name(target.workspace->tenant.value);
  record.header.workspace = hash_of_name(target.workspace->name.value);
  record.header.config = target.workspace->version;
  // What a model says is made up.
  if (!target.destination->model.empty()) record.header.flags = kRecordSynthetic;
  record.body = std::move(body);
  return record;
}

}  // namespace

Puller::Puller(PullKey key, SyncDoors doors, PullFold& fold, boost::asio::any_io_executor executor)
    : key_(std::move(key)),
      home_(home_of(key_)),
      doors_(std::move(doors)),
      fold_(fold),
      wake_(executor),
      ended_(executor) {}

void Puller::configure(std::shared_ptr<const PullSetup> setup) {
  setup_ = std::move(setup);
  failures_ = 0;
  reason_.clear();
  next_at_ = Time{};
  wake_.notify();
}

std::uint64_t Puller::run_soon() {
  asked_ = true;
  wake_.notify();
  return runs_ + (running_ ? 2 : 1);
}

std::string Puller::why_not() const {
  if (!setup_) return "not in the configuration in force";
  const std::string paused = doors_.paused(key_.destination);
  if (!paused.empty()) return "destination paused: " + paused;
  const auto hold = doors_.call.holds.of(key_.destination);
  if (hold && hold->until > doors_.clock.now()) return hold->text();
  return {};
}

Task<Result<void>> Puller::run() {
  TENON_CO_TRY(finish_open());
  for (;;) {
    const Time now = doors_.clock.now();
    if (setup_ && is_due(now)) TENON_CO_TRY(settle_start());
    if (is_due(now) && why_not().empty()) {
      TENON_CO_TRY(one_run());
      continue;
    }
    Time at = now + kLookAgain;
    if (next_at_ > now) at = std::min(at, next_at_);
    if (const auto until = doors_.call.holds.held_until(key_.destination)) {
      at = std::min(at, *until);
    }
    const auto wait = std::max<microseconds>(milliseconds{1}, at - now);
    auto waiting = wake_.wait();
    const Instant until = doors_.clock.instant() + wait;
    (void)co_await with_deadline(doors_.clock, until, std::move(waiting));
  }
}

// What a crash left between a page and its mark; also of a pull that is not configured any more.
Task<Result<void>> Puller::finish_open() {
  TENON_CO_TRY(catch_up(fold_, doors_.log, home_));
  const auto state = fold_.of(key_);
  if (!state) co_return Error(state.error());
  if (state->open) TENON_CO_TRY(let_in(*state->open));
  co_return Result<void>();
}

Task<Result<void>> Puller::one_run() {
  asked_ = false;
  running_ = true;
  began_ = doors_.clock.now();
  next_at_ = Time{};
  empty_in_row_ = 0;
  Turn last = Turn::more;
  bool asked = false;
  for (std::size_t pages = 0; last == Turn::more && pages < kMaxPagesInRun;) {
    TENON_CO_TRY(catch_up(fold_, doors_.log, home_));
    const auto state = fold_.of(key_);
    if (!state) co_return Error(state.error());
    if (state->open) {
      TENON_CO_TRY(let_in(*state->open));
      ++pages;
      failures_ = 0;
      reason_.clear();
      // A page that was there before this run says nothing about how much there is now.
      last = state->more || !asked ? Turn::more : Turn::done;
      continue;
    }
    if (!why_not().empty()) break;
    asked = true;
    TENON_CO_TRY_AS(last, turn(*state));
  }
  running_ = false;
  ++runs_;
  ended_at_ = doors_.clock.now();
  if (last == Turn::done) {
    failures_ = 0;
    reason_.clear();
    if (setup_) next_at_ = next_run(began_, setup_->interval, ended_at_);
  }
  doors_.telemetry.count(
      "pull_runs", {{"pull", key_.pull}, {"result", last == Turn::failed ? "failed" : "done"}});
  ended_.notify();
  co_return Result<void>();
}

// A start of "now" is the time of the first look, whatever stands in the way of the first call: an
// empty page makes it durable, so that nothing is lost between a try that fails and one that does
// not.
Task<Result<void>> Puller::settle_start() {
  const auto setup = setup_;
  if (setup->pull.start != "now") co_return Result<void>();
  TENON_CO_TRY(catch_up(fold_, doors_.log, home_));
  const auto state = fold_.of(key_);
  if (!state) co_return Error(state.error());
  if (state->pages > 0) co_return Result<void>();
  Page start;
  start.cursor = to_rfc3339(doors_.clock.now());
  TENON_CO_TRY(append_page(setup, std::string(), std::move(start)));
  co_return co_await catch_up(fold_, doors_.log, home_);
}

// Appends the events of a durable page that are not in yet, then its mark.
Task<Result<void>> Puller::let_in(Offset offset) {
  ReadLimits one;
  one.max_records = 1;
  TENON_CO_TRY_AS(const auto slice, doors_.log.read(home_, offset, one));
  if (slice.records.empty()) co_return corrupt("the page of a pull is not at its place");
  const Record& record = slice.records.front();
  const auto page = decode_pulled_page(record.body);
  if (!page) co_return Error(page.error());
  TENON_CO_TRY_AS(const auto entered, entered_of(doors_.log, *page, home_, offset));
  EnterOrigin origin;
  origin.tenant = record.header.tenant;
  origin.workspace = record.header.workspace;
  origin.source = hash_of_name(page->source);
  origin.config = record.header.config;
  origin.synthetic = (record.header.flags & kRecordSynthetic) != 0;
  auto records = records_of(*page, doors_.log.id(), home_, record, origin, doors_.random);
  PulledEntered mark;
  mark.pull = page->pull;
  mark.destination = page->destination;
  mark.stream = page->stream;
  mark.page = offset;
  mark.events = static_cast<std::uint32_t>(page->records.size());
  for (const auto& one : records) mark.rejected += one.header.stream == Stream::rejected ? 1 : 0;
  std::erase_if(records,
                [&](const NewRecord& one) { return entered.contains(one.header.parent.index); });
  // The page is on disk already, so its events may use the room that is kept for what must be.
  if (!records.empty()) {
    TENON_CO_TRY(
        append_essential(doors_.log, doors_.clock, std::move(records), AppendWait::durable));
  }
  TENON_FAIL_POINT("pull.events.appended");
  NewRecord last;
  last.partition = home_;
  last.header = record.header;
  last.header.type = static_cast<std::uint16_t>(PulledType::entered);
  last.body = encode(mark);
  std::vector<NewRecord> marks;
  marks.push_back(std::move(last));
  TENON_CO_TRY(append_essential(doors_.log, doors_.clock, std::move(marks), AppendWait::durable));
  TENON_FAIL_POINT("pull.mark.appended");
  co_return co_await catch_up(fold_, doors_.log, home_);
}

// One call: a page that says something new is appended; its events enter in the next turn.
Task<Result<Puller::Turn>> Puller::turn(PullState state) {
  const auto setup = setup_;
  std::string cursor = state.cursor;
  if (state.pages == 0 && cursor.empty()) {
    cursor = setup->pull.start;
    if (cursor == "now") {
      failed("the time to begin at is not durable yet");
      co_return Turn::failed;
    }
  }
  auto page = co_await ask(setup, cursor, state.cursor);
  if (!page) co_return Turn::failed;
  if (page->more && page->cursor == cursor) {
    failed("the connector says that there is more, but its cursor does not move");
    co_return Turn::failed;
  }
  TENON_FAIL_POINT("pull.page.read");
  if (!PageBuilder::is_news(*page, state.cursor)) co_return Turn::done;
  empty_in_row_ = page->records.empty() ? empty_in_row_ + 1 : 0;
  if (empty_in_row_ > kMaxEmptyPagesInRow) {
    failed("the connector gave " + std::to_string(kMaxEmptyPagesInRow) +
           " pages without a record and says that there is more");
    co_return Turn::failed;
  }
  TENON_CO_TRY_AS(const bool taken, append_page(setup, state.cursor, std::move(*page)));
  co_return taken ? Turn::more : Turn::failed;
}

// False: the log had no room.
Task<Result<bool>> Puller::append_page(std::shared_ptr<const PullSetup> setup, std::string before,
                                       Page page) {
  PulledPage body;
  body.pull = key_.pull;
  body.destination = key_.destination;
  body.stream = key_.stream;
  body.release = setup->manifest.release();
  body.source = setup->pull.source;
  body.before = std::move(before);
  body.cursor = std::move(page.cursor);
  body.more = page.more;
  body.records = std::move(page.records);
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    body.ends.push_back(doors_.log.end(PartitionId{p}));
  }
  doors_.telemetry.count("pulled_records", {{"pull", key_.pull}},
                         static_cast<double>(body.records.size()));
  std::vector<NewRecord> records;
  records.push_back(record_of(home_, *setup, PulledType::page, encode(body)));
  auto appended =
      co_await doors_.log.append(std::move(records), AppendClass::event, AppendWait::durable);
  if (appended) TENON_FAIL_POINT("pull.page.appended");
  if (appended) co_return true;
  if (appended.error().kind != ErrorKind::limited) co_return Error(appended.error());
  // Refused, or in the log all the same: the next run goes by what it reads there.
  failed("the log has no room: " + appended.error().text(), appended.error().retry_after);
  co_return false;
}

Task<std::optional<Page>> Puller::ask(std::shared_ptr<const PullSetup> setup, std::string cursor,
                                      std::string known) {
  Call call;
  call.op = Op::pull;
  call.stream = key_.stream;
  call.cursor = cursor;
  call.seed = hash64(key_.pull + '\0' + cursor);
  CallRun run(doors_.call, setup, std::move(call),
              doors_.clock.instant() + setup->manifest.call_deadline, Lane::pull);
  PageBuilder builder;
  std::string fault;
  for (;;) {
    auto step = co_await run.step();
    if (!step) break;
    const auto added = builder.add(*step);
    if (!added) fault = added.error().text();
    if (!added || !step->suspended) break;
    co_await run.send(*step);
  }
  auto page = builder.take();
  // A checkpoint holds whatever came behind it; the next call meets a trouble that lasts.
  if (page && PageBuilder::is_news(*page, known)) co_return page;
  if (run.failure()) {
    const bool hinted = run.hinted() != HintKind::none;
    failed((hinted ? std::string(name_of(run.hinted())) + ": " : run.failure()->kind + ": ") +
               run.failure()->text,
           run.failure()->retry_after);
    co_return std::nullopt;
  }
  if (!fault.empty()) {
    failed(fault);
    co_return std::nullopt;
  }
  if (!page) {
    failed("the connector ended the call without a checkpoint; its " +
           std::to_string(builder.uncovered()) + " records are not taken");
    co_return std::nullopt;
  }
  if (builder.uncovered() > 0) {
    failed("the connector emitted " + std::to_string(builder.uncovered()) +
           " records behind its last checkpoint, which does not move");
    co_return std::nullopt;
  }
  co_return page;
}

void Puller::failed(std::string reason, milliseconds retry_after) {
  ++failures_;
  reason_ = std::move(reason);
  if (setup_) {
    next_at_ = next_try(setup_->manifest.retry, key_.pull, failures_, setup_->interval, retry_after,
                        doors_.clock.now());
  }
  doors_.telemetry.log(LogLevel::warning, "pull.failed", {{"pull", key_.pull}, {"why", reason_}});
}

Result<PullStatus> Puller::status() {
  PullStatus out;
  out.name = key_.pull;
  out.destination = key_.destination;
  out.stream = key_.stream;
  TENON_TRY_AS(out.state, fold_.of(key_));
  out.failures = failures_;
  out.runs = runs_;
  out.began = began_;
  out.ended = ended_at_;
  out.next_at = next_at_;
  out.reason = reason_;
  out.phase = running_ ? PullPhase::running : failures_ > 0 ? PullPhase::failing : PullPhase::idle;
  if (setup_) {
    out.source = setup_->pull.source;
    out.release = setup_->manifest.release();
    out.interval = setup_->interval;
  }
  const std::string waits = why_not();
  if (!running_ && !waits.empty()) {
    out.phase = setup_ ? PullPhase::waiting : PullPhase::unusable;
    out.reason = waits;
    const auto until = doors_.call.holds.held_until(key_.destination);
    if (until) out.next_at = *until;
  }
  return out;
}

}  // namespace tenon::sync
