// ModelJournal: what a ModelServer has seen and what it was told to answer: values only, no
// sockets.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "sdk/testkit/model.hpp"

namespace tenon::models {

// An answer to give instead of the model's.
struct ScriptedReply {
  std::string path;  // prefix of the request's path; empty = any
  std::uint32_t times = 1;
  testkit::ModelReply reply;
  std::string raw;  // if not empty: these bytes, then the connection ends
};

class ModelJournal {
 public:
  static constexpr std::size_t kMaxEntries = 1'000;  // older ones are dropped, counts are kept
  static constexpr std::size_t kMaxScripted = 1'000;

  // The next scripted answer for this request, if there is one; takes it.
  std::optional<ScriptedReply> take(const testkit::ModelRequest& request);
  // `status` 0: no whole answer was given.
  void record(std::int64_t at_ms, const testkit::ModelRequest& request, std::uint32_t status);

  // The documents of control(); invalid: a script that is not as described there.
  Result<void> script(const std::string& body);
  nlohmann::json counts() const;
  std::string entries() const;

 private:
  struct Entry {
    std::int64_t at_ms = 0;
    testkit::ModelRequest request;
    std::uint32_t status = 0;
  };
  std::deque<ScriptedReply> script_;
  std::deque<Entry> entries_;
  std::map<std::uint32_t, std::uint64_t> by_status_;
  std::uint64_t requests_ = 0;
};

}  // namespace tenon::models
