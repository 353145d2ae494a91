// World: the whole host on simulated time, disk, vendors and workers; one thread, one seed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "audit/completeness.hpp"
#include "backends/file_log/sim_disk.hpp"
#include "backends/memory/sim_clock.hpp"
#include "delivery/runner.hpp"
#include "ports/event_log.hpp"
#include "ports/state_store.hpp"
#include "sim/connectors.hpp"
#include "sim/mutant_disk.hpp"
#include "sim/stores.hpp"
#include "sim/vendors.hpp"

namespace tenon::sim {

// What a client wanted to tell; the same serial however often it is sent.
struct ClientEvent {
  std::int64_t serial = 0;
  std::string user, type, json;
  bool bad = false, killer = false;  // for one of the destinations
  Instant told{};
};

class World {
 public:
  struct Life;
  explicit World(Profile profile, Mutant mutant = Mutant::none);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Traffic, faults and commands; then peace, until nothing is left to do; then a clean stop, which
  // leaves the log readable.
  void run();

  // Before it begins: keep what happens, for people.
  void keep_trace() { ledger_.tracing = true; }
  // Or step by step, for a scene: begin, then what is to happen, then end.
  bool begin() { return start(); }
  void tick(milliseconds by);
  void crash();
  // The power goes with the so-manieth thing that is done to the disk from now on.
  void cut_power_at(std::uint64_t operation);
  std::uint64_t disk_operations() const { return disk_.operations(); }
  void end();
  // One request with these events; they are sent at once and again until they are acknowledged.
  void say(std::vector<ClientEvent> events);
  ClientEvent event(std::string type, std::string user, std::string bad_for = "");
  void pause(const std::string& destination) { append_everywhere(destination, 0); }
  void resume(const std::string& destination) { append_everywhere(destination, 1); }
  void skip(const std::string& destination) { append_everywhere(destination, 2); }
  // All that was given up there is tried again.
  void redrive(const std::string& destination);
  // Sends what came until now there once more.
  RerunId replay(const std::string& destination, std::uint32_t rate = 0);
  RerunId redrive_all(const std::string& destination, const std::string& reason = "",
                      std::uint32_t rate = 0);
  void cancel(const std::string& destination, RerunId id);
  // Redrives that were asked for, and of which class ("" = all).
  const std::map<RerunId, std::string>& redrives() const { return redrives_; }
  SimVendors& vendors() { return vendors_; }
  delivery::Runner& runner(const std::string& destination);
  Instant now() const { return clock_.instant(); }

  const Profile& profile() const { return profile_; }
  const Ledger& ledger() const { return ledger_; }
  const std::map<std::int64_t, ClientEvent>& sent() const { return sent_; }
  const std::set<std::int64_t>& acknowledged() const { return acknowledged_; }
  const std::vector<Manifest>& manifests() const { return manifests_; }
  // After run(): counts of the live folds, the log, and the live states as they were left.
  const CompletenessRows& counts() const { return counts_; }
  const std::map<RerunId, delivery::RerunState>& reruns() const { return reruns_; }
  EventLog& log();
  boost::asio::io_context& context();
  SimClock& clock() { return clock_; }
  StateStores& stores();
  const std::string& folder() const { return folder_; }
  std::vector<std::string> destinations() const;
  double virtual_hours() const;
  // False: the host did not start any more, which is a violation; there is no log to read.
  bool alive() const { return life_ != nullptr; }

 private:
  struct Request {
    std::vector<std::int64_t> serials;
    std::string body;
    bool waiting = false;  // sent, not answered
    Instant again{};
    int tries = 0;
  };

  // world.cpp: lives
  bool start();
  bool start_once();
  void note(std::string text);
  void stop();
  void end_life();
  void mend_if_fatal();
  void reconfigure();
  void quiesce();
  void keep_counts();
  Result<CompletenessRows> live_rows();
  void check_counts();
  bool all_quiet();

  // world_actions.cpp: what happens to it
  void act();
  void new_request();
  ClientEvent new_event();
  void send_due();
  static Task<void> send(World& world, Request& request);
  void pause_or_resume();
  void skip_one();
  void redrive_some();
  void redrive_row(const std::string& destination, const delivery::Row& row);
  void change_configuration();
  void fill_disk();
  void append_everywhere(const std::string& destination, int what);
  void append_everywhere(const Control& control);
  void append_about(PartitionId partition, const Control& control);
  void append(std::vector<NewRecord> records);
  NewRecord record_of(PartitionId partition, const Control& control);
  void rerun_some();
  void close_one();
  bool dice(int thousandths);

  Profile profile_;
  Mutant mutant_;
  SeededRandom random_, connector_random_, host_random_;
  SimClock clock_;
  Instant began_;
  Ledger ledger_;
  SimDisk disk_;
  MutantDisk mutant_disk_;
  std::vector<Manifest> manifests_;
  ReleaseCatalog catalog_;
  SimVendors vendors_;
  RollbackStores memory_;
  std::string folder_;  // of SQLite files
  std::unique_ptr<Life> life_;
  std::map<std::int64_t, ClientEvent> sent_;
  std::set<std::int64_t> acknowledged_;
  std::deque<std::unique_ptr<Request>> requests_;
  CompletenessRows counts_;
  std::map<RerunId, delivery::RerunState> reruns_;
  std::map<RerunId, std::string> redrives_;
  int variant_ = 0;  // of the configuration that the operator wants
  bool faults_ = true;
  bool disk_fault_ = false;  // one was armed in this life
  std::string fatal_;
};

}  // namespace tenon::sim
