// Ledger: what was sent to the host and what it said, held against what vendors got and the counts.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "audit/completeness.hpp"

namespace tenon::testing {

enum class Said {
  acknowledged,
  refused,
  nothing
};  // nothing: no whole answer came, so it may be in

struct Sent {
  std::string id, user;
  Said said = Said::nothing;
};

// One request that a vendor took in.
struct Arrival {
  int life = 0;  // of the host, counted from 1
  std::string path, id, key;
  long status = 0;
};

class Ledger {
 public:
  void sent(std::string id, std::string user, Said said);
  // A person gave it up, or sent it again out of its order.
  void skipped(const std::string& id) { skipped_.insert(id); }
  void out_of_order(const std::string& id) { out_of_order_.insert(id); }
  // The journal of a vendor so far; what is new came in this life.
  void arrived(const nlohmann::json& journal, int life);

  const std::vector<Sent>& all() const { return sent_; }
  std::size_t acknowledged() const;
  // Came to `path` and was accepted.
  std::set<std::string> delivered(const std::string& path) const;

  // All that the promise says of deliveries to `path`, each break as a sentence. `dead`: message
  // ids of its dead letters.
  std::vector<std::string> breaks(const std::string& path, const std::set<std::string>& dead) const;

 private:
  std::vector<Sent> sent_;
  std::vector<Arrival> arrivals_;
  std::set<std::string> skipped_, out_of_order_;
  std::size_t seen_ = 0;
};

// The source of the host's own notices, which come whenever they come and are not counted here.
constexpr const char* kNotices = "tenon";
// The sums over rows of the API.
CompletenessCounts sums_of(const nlohmann::json& rows);
std::string text_of(const CompletenessCounts& counts);
// Recounted from the log of a host that is not running; throws if it cannot be read.
CompletenessCounts recount_of(const std::string& data);

}  // namespace tenon::testing
