// Trial: one host, killed once or more on the same data folder, then held against its promise.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "crash/ledger.hpp"
#include "integration/world.hpp"

namespace tenon::testing {

// What the host may do with a fault.
enum class Fate {
  dies,      // is killed
  gives_up,  // ends by itself, with a text that names the fault
  lives,     // goes on
};

enum class Scenario {
  basic,
  big,
  full,
  trouble,
  letters,
  acts,
  config,
  rejected,
  pull,
  webhook,
  vault,
  rollout,
  captured,
  stop
};

struct Case {
  std::string fault;  // NAME[@NTH]:ACTION
  Scenario scenario = Scenario::basic;
  Fate fate = Fate::dies;
  std::string with;    // another fault, armed beside it
  std::string before;  // a fault of an earlier life, that leaves what this one needs
  bool small_chunks = false;
  std::string bug;  // planted
};

class Trial {
 public:
  explicit Trial(Case what);
  // All of it; gives the breaks, none if the promise was kept.
  std::vector<std::string> go();
  // How the host ended, for the table: "killed", "ended 1", "lived".
  const std::string& ended() const { return ended_; }
  const World& world() const { return world_; }

 private:
  std::string workspace() const;
  void start_vendors();
  void live(const std::string& fault, bool last);
  void act();
  void end_life();
  bool alive();
  bool has_pulled();
  void settle();
  void check(const std::string& when);
  void check_counts(const std::string& when);
  void check_audit(const std::string& when);
  void await_fault(const std::string& fault, bool ends);
  void expect_fault();
  // What people do once the host is back.
  void finish();
  void reenter();
  std::set<std::string> dead_of(const std::string& destination);
  void tell(const std::string& what);
  // What was posted comes into the ledger with what was answered.
  Said post(const nlohmann::json& events);
  Said post_some(int count, std::size_t bytes = 0, const std::string& user = {});
  nlohmann::json event(const std::string& id, const std::string& user, std::size_t bytes) const;

  void basic();
  void big();
  void full();
  void trouble();
  void letters();
  void acts();
  void config();
  void rejected();
  void pull();
  void webhook();
  void vault();
  void check_vault();
  void rollout();
  void check_rollout();
  void check_captures();

  Case case_;
  World world_;
  Ledger ledger_;
  std::vector<std::string> breaks_;
  std::string ended_ = "lived";
  std::map<std::string, int> secrets_;  // what was acknowledged: names with their versions
  int percent_asked_ = 0, percent_answered_ = 0;  // of the canary, the last of each
  std::size_t answered_acts_ = 0;
  int life_ = 0, next_ = 0;
  std::string inbox_lines_ = "max_batch = 10";
};

}  // namespace tenon::testing
