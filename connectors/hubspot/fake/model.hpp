// HubSpotModel: contacts of a HubSpot account as a pure state machine, with its refusals and traps.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "testkit/loadable_model.hpp"
#include "testkit/object_store.hpp"
#include "testkit/quota.hpp"
#include "testkit/routes.hpp"

namespace hubspot::fake {

using tenon::testkit::ModelCall;
using tenon::testkit::ModelReply;
using tenon::testkit::ModelRequest;

// How the account answers a batch; may be changed at any time.
enum class Mode {
  normal,         // one bad row fails the whole batch with 400, as the vendor does
  multi_status,   // bad rows are told in a 207 beside the good ones
  empty_success,  // 200 with no results, and nothing written
  silent_loss,    // 200, the last input neither written nor mentioned
  html,           // 200 with a web page, nothing written
  garbage,        // 200 with bytes that are no JSON; everything written
  half_body,      // everything written, the reply cut in the middle
  server_error,   // 500, nothing written
  hang,           // everything written, no answer ever
};

struct Options {
  std::string token = "pat-test";
  Mode mode = Mode::normal;
  std::uint32_t quota = 100;  // requests per window
  std::int64_t window_ms = 10'000;
  std::string policy = "TEN_SECONDLY_ROLLING";
  std::uint32_t throttle_next = 0;  // so many requests get 429 whatever the quota says
  std::uint32_t retry_after_s = 1;
  std::uint32_t delay_ms = 0;
  std::int64_t search_lag_ms = 0;  // a search shows changes so much later
};

// "2026-01-31T00:00:00.000Z"
std::string rfc3339(std::int64_t ms);
std::string lower(std::string text);  // of ASCII letters

struct Contact {
  std::string id, email;  // email: lower case
  std::map<std::string, std::string> properties;
  std::uint32_t written = 0;  // how often
  std::int64_t created_ms = 0, modified_ms = 0;
};

struct Counters {
  std::uint64_t requests = 0, batches = 0, inputs = 0;
  std::uint64_t searches = 0;
  std::uint64_t unauthorized = 0, throttled = 0, refused = 0, written = 0;
};

class HubSpotModel : public tenon::testkit::LoadableModel {
 public:
  explicit HubSpotModel(Options options = {});
  ModelReply handle(const ModelRequest& request, std::int64_t now_ms,
                    std::uint64_t random) override;
  std::unique_ptr<VendorModel> clone() const override;
  ModelReply refusal(std::uint32_t status, const std::string& why) const override;
  // Options by their names above, and `put`: contacts as another app leaves them,
  // [{"email", "at_ms", "properties": {}}].
  std::string set(const std::string& options) override;
  std::string state() const override;
  // The contacts, without how often each was written.
  std::string holdings() const override;
  std::string credential(const std::string&) const override { return options_.token; }
  tenon::testkit::DevSetup dev() const override;

  Options& options() { return options_; }
  const Counters& counters() const { return counters_; }
  // By lower-case e-mail address.
  const std::map<std::string, Contact>& contacts() const { return contacts_.all(); }
  // A contact as another app would leave it: created or changed at that time.
  void put(const std::string& email, const std::map<std::string, std::string>& properties,
           std::int64_t at_ms);
  // Properties beyond the standard ones that the account knows.
  void add_property(const std::string& name) { known_.insert(name); }

 private:
  using Json = nlohmann::json;

  std::optional<ModelReply> refuse_early(const ModelRequest& request, std::int64_t now_ms);
  ModelReply upsert(const ModelCall& call);
  ModelReply list(const ModelCall& call);
  ModelReply search(const ModelCall& call);
  ModelReply create(const ModelCall& call) { return write_by_id(call, true); }
  ModelReply update(const ModelCall& call) { return write_by_id(call, false); }
  ModelReply write_by_id(const ModelCall& call, bool create);
  std::string wrong_search(const Json& body) const;
  Json shown_contact(const Contact& contact, const Json& names) const;
  // What is wrong with the batch as a whole, or with one input; empty if nothing.
  std::string wrong_batch(const Json& body) const;
  std::string wrong_input(const Json& input) const;
  Json write(const Json& input, std::int64_t now_ms, bool& created);
  ModelReply answer(std::uint32_t status, const Json& body) const;
  ModelReply error(std::uint32_t status, const std::string& category, const std::string& message,
                   std::uint64_t random) const;
  ModelReply shaped(ModelReply reply) const;

  Options options_;
  Counters counters_;
  tenon::testkit::ObjectStore<Contact> contacts_{"", 1001};  // by lower-case address
  std::set<std::string> known_;
  tenon::testkit::QuotaUse quota_;
};

}  // namespace hubspot::fake
