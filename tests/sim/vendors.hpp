// SimVendors: the vendors behind HttpClient. They remember what they applied, and they misbehave.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "backends/memory/seeded_random.hpp"
#include "manifest/manifest.hpp"
#include "ports/clock.hpp"
#include "ports/http_client.hpp"
#include "sim/ledger.hpp"
#include "sim/profile.hpp"

namespace tenon::sim {

// Of a vendor as a whole, for as long as a scene says.
enum class VendorHealth : std::uint8_t {
  well,
  refusing,  // connections
  failing,   // 503 to everything
  silent,    // no answer ever
  idle,      // 200 to everything, and nothing happens
  locked,    // 401 to everything
};

// One vendor per connector; its host name is "<connector>.vendor.test". A request body is a JSON
// array of {"id", "n", "m", "user", "bad"}; the answer {"results": [{"id", "status"}]}, status ok,
// rejected or retry. A request takes effect, if at all, when it arrives.
class SimVendors final : public HttpClient {
 public:
  SimVendors(Clock& clock, Ledger& ledger, const Profile& profile, Mutant mutant,
             std::vector<Manifest> manifests);

  Task<HttpReply> send(HttpRequest request, Instant deadline) override;

  void set_faults(bool on) { faults_ = on; }
  void set_health(const std::string& connector, VendorHealth health) {
    vendors_[connector + ".vendor.test"].health = health;
  }
  // Each record of this user is "retry" so often before it is taken.
  void fail_for(std::string user, unsigned times) {
    failing_user_ = std::move(user);
    failing_times_ = times;
  }
  // Any request that carries a record of this user is answered with 500; nobody: none is.
  void choke_on(std::string user) { choking_user_ = std::move(user); }
  // When requests of this connector arrived, in order.
  const std::vector<Instant>& arrivals(const std::string& connector) const {
    return vendors_.at(connector + ".vendor.test").arrivals;
  }
  // It takes fewer than its manifest says, by fixed windows, and may tell what remains. What is
  // over gets a bare 429.
  void set_quota(const std::string& connector, unsigned limit, seconds window, bool tells = true) {
    Vendor& vendor = vendors_[connector + ".vendor.test"];
    vendor.quota = limit;
    vendor.quota_told = tells;
    vendor.quota_window = window;
  }
  // How many were over that.
  unsigned over_quota(const std::string& connector) const {
    return vendors_.at(connector + ".vendor.test").over;
  }
  // What was rejected until now is acceptable from now on.
  void forgive() { forgiving_ = true; }

 private:
  struct Vendor {
    Manifest manifest;
    std::vector<Instant> arrivals;
    std::set<std::string> has;  // message ids of what took effect
    Instant blocked_until{};
    unsigned blocked_in_life = 0;
    VendorHealth health = VendorHealth::well;
    unsigned quota = 0, taken = 0, over = 0;  // 0: no quota but the manifest's
    seconds quota_window{60};
    bool quota_told = true;
    Instant window_ends{};
  };
  struct Plan {
    HttpReply reply;
    Instant at{};
    milliseconds retry_after{0};  // takes force when the reply has arrived
    Instant not_before{};         // or until this moment
    bool with_deadline = false;   // the answer never comes
  };
  Plan come_in(Vendor& vendor, const HttpRequest& request);
  Plan arrive(Vendor& vendor, const HttpRequest& request);
  Plan search(Vendor& vendor, const HttpRequest& request);
  static std::string found_text(const Vendor& vendor, const HttpRequest& request);
  bool fits_quota(Vendor& vendor);
  static Plan unwell(VendorHealth health, Instant at);
  void check_departure(const Vendor& vendor, const HttpRequest& request);
  void check_arrival(Vendor& vendor);
  void note(const Vendor& vendor, const HttpRequest& request, const HttpReply& reply);
  std::string apply(Vendor& vendor, const HttpRequest& request, bool only_half);
  bool dice(int thousandths);

  Clock& clock_;
  Ledger& ledger_;
  const Profile& profile_;
  Mutant mutant_;
  SeededRandom random_, network_;
  std::map<std::string, Vendor> vendors_;  // by host name
  std::string failing_user_, choking_user_;
  unsigned failing_times_ = 0;
  bool faults_ = true, forgiving_ = false;
};

}  // namespace tenon::sim
