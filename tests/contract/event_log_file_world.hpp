// A FileLog on a simulated disk that can be crashed and opened again, for the tests of its faults.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backends/file_log/file_log.hpp"
#include "backends/file_log/sim_disk.hpp"
#include "backends/memory/seeded_random.hpp"
#include "backends/memory/sim_clock.hpp"
#include "backends/memory/sim_run.hpp"
#include "tests/contract/event_log_contract.hpp"

namespace tenon {

// What one append was told, and when.
struct Told {
  std::uint16_t partition = 0;
  std::vector<std::string> bodies;
  bool answered = false;
  std::optional<Error> error;
  std::vector<Offset> offsets;
};

inline Task<void> append_and_tell(EventLog& log, std::vector<NewRecord> records, AppendClass cls,
                                  AppendWait wait, Told& told) {
  auto result = co_await log.append(std::move(records), cls, wait);
  told.answered = true;
  if (result) {
    told.offsets = std::move(*result);
  } else {
    told.error = std::move(result).error();
  }
}

struct FileWorld {
  SimDisk disk;
  SimClock clock;
  SeededRandom random;
  FileLogOptions options;
  // Made anew with each life of the process.
  std::unique_ptr<boost::asio::io_context> context;
  std::unique_ptr<Scope> scope;
  std::unique_ptr<FileLog> log;
  std::vector<Error> fatal;
  std::deque<Told> told;  // a deque: tasks hold references into it

  explicit FileWorld(std::uint64_t seed) : random(seed) {
    options.chunk = 16_KiB;
    options.first_step = 2_KiB;
    options.step = 4_KiB;
    options.reserve = 32_KiB;
    options.threaded = false;
    options.on_fatal = [this](const Error& error) { fatal.push_back(error); };
  }
  ~FileWorld() { stop(); }

  Result<void> start() {
    context = std::make_unique<boost::asio::io_context>();
    scope = std::make_unique<Scope>(context->get_executor());
    TENON_TRY_AS(log, FileLog::open(context->get_executor(), disk, clock, random, "log", options));
    return {};
  }
  void stop() {
    if (scope) {
      scope->cancel();
      turn();
    }
    log.reset();
    scope.reset();
    context.reset();
  }
  // As when the power goes: nobody gets to say anything more.
  void crash(std::uint64_t seed) {
    disk.cut_power();
    stop();
    disk.crash(seed);
  }
  void turn() { sim_run(*context, clock, clock.instant()); }

  Told& append(std::uint16_t partition, int count, std::size_t size,
               AppendClass cls = AppendClass::event, AppendWait wait = AppendWait::durable) {
    Told& t = told.emplace_back();
    t.partition = partition;
    std::vector<NewRecord> records;
    for (int i = 0; i < count; ++i) {
      std::string body = std::to_string(told.size()) + "." + std::to_string(i) + ":";
      body.resize(std::max(size, body.size()), static_cast<char>('a' + random.below(26)));
      t.bodies.push_back(body);
      records.push_back(new_record(partition, std::move(body)));
    }
    scope->spawn(append_and_tell(*log, std::move(records), cls, wait, t), "append");
    return t;
  }
  Result<std::vector<Record>> read_all(std::uint16_t partition) {
    std::vector<Record> all;
    Offset at = log->begin(PartitionId{partition});
    while (true) {
      auto slice = run_task(*context, log->read(PartitionId{partition}, at, ReadLimits{}));
      if (!slice) return Error(std::move(slice).error());
      if (slice->records.empty()) return all;
      at = slice->next;
      for (auto& record : slice->records) all.push_back(std::move(record));
    }
  }
  // Everything acknowledged is there, byte for byte, at its offset; nothing is there that was not
  // appended; and the log says so itself.
  void check_acknowledged() {
    for (std::uint16_t p = 0; p < kPartitions; ++p) {
      const auto all = read_all(p);
      ASSERT_TRUE(all) << all.error().text();
      std::map<Offset, std::string> found;
      for (const auto& record : *all) found[record.offset] = record.body;
      std::set<std::string> appended;
      for (const auto& t : told) {
        if (t.partition != p) continue;
        appended.insert(t.bodies.begin(), t.bodies.end());
        if (!t.answered || t.error) continue;
        for (std::size_t i = 0; i < t.bodies.size(); ++i) {
          ASSERT_EQ(found[t.offsets[i]], t.bodies[i]) << "partition " << p;
        }
      }
      for (const auto& record : *all) ASSERT_EQ(appended.count(record.body), 1u) << record.body;
    }
  }
};

}  // namespace tenon
