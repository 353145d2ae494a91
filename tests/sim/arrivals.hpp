// Arrivals: a vendor's changes, pulled and sent as webhooks, into a host that crashes at any point.
#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backends/file_log/sim_disk.hpp"
#include "backends/memory/sim_clock.hpp"
#include "hosting/catalog.hpp"
#include "sim/arrivals_connector.hpp"
#include "sim/stores.hpp"

namespace tenon::sim {

// A bug on purpose: the check must find each of them.
enum class ArrivalsMutant : std::uint8_t {
  none,
  ack_before_fsync,    // a webhook is acknowledged when its record is only placed
  forgets_what_is_in,  // what a crash left of a page's events is not looked for
};

// Everything follows from the seed. run() once, then look at what check() says.
class Arrivals {
 public:
  explicit Arrivals(std::uint64_t seed, ArrivalsMutant mutant = ArrivalsMutant::none);
  ~Arrivals();
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;

  // Traffic and faults; then peace, until everything is in; then each webhook that was given up is
  // re-entered, with crashes in between; then peace again.
  void run();
  // What does not hold. Each record of a stream came in once, each acknowledged webhook's events
  // count once, nothing else came; each that was given up is marked as re-entered; states are those
  // that a start from nothing folds from the log.
  std::vector<std::string> check();

  std::size_t records() const;
  std::size_t acknowledged() const;
  std::size_t given_up() const { return given_up_; }
  unsigned lives() const { return lives_; }

 private:
  struct Life;
  struct Log;

  bool start();
  bool start_once();
  void end_life();
  void crash();
  void tick(milliseconds by);
  void reconfigure();
  void act();
  void send_due();
  static Task<void> send(Arrivals& world, Hook& hook);
  void peace();
  bool all_in();
  void reenter_all();
  std::vector<std::pair<EventId, EventId>> left_to_reenter();  // webhook, rejected event
  Log read_log();
  bool dice(int thousandths) { return random_.below(1'000) < static_cast<unsigned>(thousandths); }
  void problem(std::string text);

  ArrivalsMutant mutant_;
  SeededRandom random_, host_random_;
  int crash_, disk_error_;  // in thousandths per action
  SimClock clock_;
  SimDisk disk_;
  RollbackStores states_;
  Vendor vendor_;
  ReleaseCatalog catalog_;
  std::vector<Manifest> manifests_;
  std::unique_ptr<Life> life_;
  std::vector<std::string> problems_;
  std::string fatal_;
  bool disk_fault_ = false, with_all_ = true, faults_ = true;
  std::size_t given_up_ = 0;
  unsigned lives_ = 0;
};

}  // namespace tenon::sim
