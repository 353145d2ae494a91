// Schedule: delivering to a model of the vendor while answers get lost and requests come twice.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "conformance/case.hpp"
#include "conformance/model_host.hpp"

namespace tenon::conformance {

// The records of an action that the goldens deliver, none of the same content twice.
struct Pool {
  std::string action, settings;
  std::vector<testkit::RecordIn> records;
  bool readback = false;
};

// One for each action that has an accepted record; Skip if none has.
std::vector<Pool> pools(Subject& subject);
testkit::CallIn call_of(const Pool& pool, const std::vector<testkit::RecordIn>& records,
                        std::int64_t now_ms);

// One way through the chances of a network, by its seed. Everything it holds must outlive it.
class Schedule {
 public:
  // Without faults each request is sent once and answered.
  enum class Network { quiet, faulty };
  Schedule(Subject& subject, const Pool& pool, std::uint64_t seed, Network network);

  // Delivers all records, in batches that are the same in each schedule; false if one may have been
  // done and may not be sent again, so that a person decides. A Failure if an outcome is a lie.
  bool deliver();
  // How each record ended, by its id.
  const std::map<std::string, std::uint32_t>& ends() const { return ends_; }
  ModelHost& host() { return host_; }

 private:
  std::string told(const std::string& record) const;
  testkit::ReplyIn answer(const testkit::RequestOut& request);
  bool deliver_batch(std::vector<testkit::RecordIn> records);
  void judge_end(const testkit::RecordIn& record, const testkit::OutcomeOut& outcome, bool changed);

  const Pool& pool_;
  std::mt19937_64 random_, batches_{7};
  const std::uint64_t seed_;
  const Network network_;
  ModelHost host_;
  std::unique_ptr<testkit::Instance> instance_;
  std::map<std::string, std::uint32_t> ends_;
  bool safe_ = true;  // nothing that may be done once only has been sent in the call
};

}  // namespace tenon::conformance
