// Delivery: the runners of all destinations, set up from the configuration in force.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "delivery/runner.hpp"

namespace tenon::delivery {

// The setup of one destination; null with an error text if its connector is not installed.
Result<std::shared_ptr<const Setup>> make_setup(std::shared_ptr<const Workspace> workspace,
                                                const Destination& destination,
                                                const std::vector<Manifest>& installed);

struct Canaries {
  std::shared_ptr<const Workspace> workspace;
  std::map<std::string, std::uint32_t, std::less<>> percent;
};

// One thread. start before configure; at stop: drain, wait for drained, cancel the Scope, flush.
class Delivery {
 public:
  Delivery(Doors doors, Scope& scope, std::function<void(Error)> on_fatal);

  // Runs what the workspace names; destinations it no longer names keep following the log.
  // `canaries`: the same workspace with candidate releases where it has other ones, and their part
  // in percent by connector; null = none.
  // Errors: a state that cannot be opened. Problems of one destination do not stop the others:
  // they are in problems().
  Result<void> configure(std::shared_ptr<const Workspace> workspace,
                         const std::vector<Manifest>& installed,
                         const Canaries& canaries = Canaries());
  // Keeps the counts of one that no configuration names any more, and what waits for it.
  Result<void> follow(const std::string& name);
  void drain();
  bool drained() const;
  Result<void> flush();
  bool idle();

  // The rows of all destinations, each checked against what the pipeline counted into `rows`.
  Result<void> count_into(CompletenessRows& rows, const HourRange& range, Time counted_from,
                          const std::vector<Offset>& decided_to);
  Runner* runner(std::string_view destination);
  // Something that it waited for may have changed.
  void wake(std::string_view destination);
  const std::map<std::string, std::unique_ptr<Runner>, std::less<>>& runners() const {
    return runners_;
  }
  const std::map<std::string, std::string, std::less<>>& problems() const { return problems_; }

 private:
  CanaryRelease canary_of(const Destination& destination, const std::vector<Manifest>& installed,
                          const Canaries& canaries);

  Doors doors_;
  Scope& scope_;
  std::function<void(Error)> on_fatal_;
  Tail tail_;
  std::map<std::string, std::unique_ptr<Runner>, std::less<>> runners_;
  std::map<std::string, std::string, std::less<>> problems_;  // destination -> why it cannot run
};

}  // namespace tenon::delivery
