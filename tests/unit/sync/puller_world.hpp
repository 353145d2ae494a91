// PullerTest: pulls over a log that can die at any append, from a vendor of so many records.
#pragma once

#include <set>

#include "backends/memory/memory_state_store.hpp"
#include "backends/memory/seeded_random.hpp"
#include "event/event.hpp"
#include "sync/sync.hpp"
#include "unit/calls/call_world.hpp"

namespace tenon::sync {

constexpr const char* kToml = R"(
tenant = "acme"
workspace = "main"
consent = "not_enforced"
[[sources]]
name = "crm-events"
write_key = "env:KEY"
[[destinations]]
name = "sales"
connector = "crm"
[destinations.credentials]
token = "env:TOKEN"
[[pulls]]
name = "people"
destination = "sales"
stream = "contacts"
source = "crm-events"
interval = "1m"
)";

inline std::string without_pulls(const std::string& toml) {
  return toml.substr(0, toml.find("[[pulls]]"));
}

// A name whose pages lie where those of `name` lie.
inline std::string twin_of(const std::string& name) {
  const auto home = [](std::string pull) {
    return home_of({std::move(pull), "sales", "contacts"});
  };
  for (int i = 0;; ++i) {
    std::string other = name + std::to_string(i);
    if (home(other) == home(name)) return other;
  }
}

// A log whose so-many-th append takes only a first part of its records and is never answered.
class DyingLog final : public EventLog {
 public:
  DyingLog(EventLog& log, Clock& clock) : log_(log), clock_(clock) {}
  LogId id() const override { return log_.id(); }
  Task<Result<std::vector<Offset>>> append(std::vector<NewRecord> records, AppendClass cls,
                                           AppendWait wait) override {
    if (dead) co_await for_ever();
    if (appends++ == dies_at) {
      dead = true;
      records.resize(std::min(records.size(), kept));
      if (!records.empty()) {
        auto part = co_await log_.append(std::move(records), cls, wait);
        EXPECT_TRUE(part);
      }
      co_await for_ever();
    }
    co_return co_await log_.append(std::move(records), cls, wait);
  }
  Task<Result<LogSlice>> read(PartitionId p, Offset from, ReadLimits limits) override {
    return log_.read(p, from, limits);
  }
  Offset begin(PartitionId p) const override { return log_.begin(p); }
  Offset end(PartitionId p) const override { return log_.end(p); }
  Task<void> wait_beyond(PartitionId p, Offset beyond) override {
    return log_.wait_beyond(p, beyond);
  }
  Task<Result<void>> trim(PartitionId p, Offset before) override { return log_.trim(p, before); }

  std::size_t appends = 0, dies_at = SIZE_MAX, kept = 0;
  bool dead = false;

 private:
  Task<void> for_ever() {
    const Instant never = clock_.instant() + std::chrono::hours(24 * 365);
    co_await clock_.sleep_until(never);
  }
  EventLog& log_;
  Clock& clock_;
};

class PullerTest : public test::CallWorld {
 protected:
  PullerTest() { workspace = parse(kToml); }
  ~PullerTest() override { end_life(); }

  static std::shared_ptr<const Workspace> parse(const std::string& toml) {
    auto parsed = parse_workspace(toml, "test");
    EXPECT_TRUE(parsed);
    return std::make_shared<const Workspace>(std::move(*parsed));
  }

  // A vendor of so many records, asked for some per page; the cursor is the number of the next.
  void vendor_of(int records, int per_page) {
    runtime.on_step = [records, per_page](const Call& call) -> Result<StepResult> {
      StepResult result;
      const int from = call.cursor.empty() ? 0 : std::atoi(call.cursor.c_str());
      const int to = std::min(records, from + per_page);
      for (int i = from; i < to; ++i) result.emits.push_back(person(i));
      result.checkpointed = true;
      result.emits_covered = static_cast<std::uint32_t>(result.emits.size());
      result.cursor = std::to_string(to);
      result.more = to < records;
      return result;
    };
  }
  static Emit person(int number) {
    Emit emit;
    emit.kind = EmitKind::record;
    emit.id = "person-" + std::to_string(number);
    emit.type = "identify";
    emit.body = R"({"userId":"u)" + std::to_string(number) + R"(","traits":{"n":1}})";
    emit.event_ms = 1'767'225'600'000;
    return emit;
  }

  void start() {
    dying = std::make_unique<DyingLog>(*pages, clock);
    scope = std::make_unique<Scope>(context.get_executor());
    SyncDoors sync_doors{*dying,    clock,   random,
                         telemetry, doors(), [this](const std::string&) { return paused; }};
    sync = std::make_unique<Sync>(std::move(sync_doors), stores, *scope,
                                  [this](Error error) { fatal = error.text(); });
    ASSERT_TRUE(run(sync->open()));
  }
  void configure() { sync->configure(workspace, catalog.manifests()); }
  void end_life() {
    if (!scope) return;
    scope->cancel();
    sim_run(context, clock, clock.instant(), [&] { return scope->running() == 0; });
    scope.reset();
    sync.reset();
  }
  void let(seconds pass) {
    sim_run(context, clock, clock.instant() + pass);
    EXPECT_EQ(fatal, "");
  }
  PullStatus status() { return sync->status()->at(0); }

  // Raw (or rejected) records that stand in the log, by message id, with how often.
  std::map<std::string, int> events(Stream stream = Stream::raw) {
    std::map<std::string, int> found;
    for (std::uint16_t p = 0; p < kPartitions; ++p) {
      ReadLimits limits;
      limits.streams = stream_bit(stream);
      limits.max_records = 10'000;
      const auto slice = run(pages->read(PartitionId{p}, pages->begin(PartitionId{p}), limits));
      for (const auto& record : slice->records) {
        found[decode_raw_event(record.body)->message_id]++;
        EXPECT_EQ(record.header.flags & kRecordPulled, kRecordPulled);
        EXPECT_EQ(record.header.source, hash_of_name("crm-events"));
      }
    }
    return found;
  }
  void expect_each_once(int records) {
    const auto found = events();
    EXPECT_EQ(found.size(), static_cast<std::size_t>(records));
    for (const auto& [id, times] : found) EXPECT_EQ(times, 1) << id;
  }

  SeededRandom random{1};
  MemoryStateStores stores;
  std::unique_ptr<MemoryEventLog> pages =
      std::make_unique<MemoryEventLog>(context.get_executor(), LogId{7}, clock);
  std::unique_ptr<DyingLog> dying;
  std::unique_ptr<Scope> scope;
  std::unique_ptr<Sync> sync;
  std::string paused, fatal;
};

}  // namespace tenon::sync
