// Ledger: what truly happened outside the host, as the vendors and the connectors know it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace tenon::sim {

// A record at a vendor took effect.
struct Application {
  Instant at;
  Time wall;
  unsigned life = 0;  // of the host
  std::string key;    // idempotency key of the request that brought it
  std::int64_t serial = 0;
};

using RecordName = std::pair<std::string, std::string>;  // destination, event id

struct Ledger {
  std::map<RecordName, std::vector<Application>> applied;
  std::map<RecordName, std::string> first_key;  // of the first request that carried it
  std::map<RecordName, unsigned> carried;       // by requests that arrived
  std::map<RecordName, unsigned> confirmed;     // the life in which success was reported
  std::map<RecordName, unsigned> times;         // success was reported so often in that life
  std::map<std::string, unsigned> replays;      // asked for so far, by destination
  std::map<RecordName, unsigned> deaths;        // of workers that had this record alone
  std::map<RecordName, unsigned> rejections;    // said by the vendor, for good
  std::vector<std::string> violations;
  unsigned life = 0;
  std::uint64_t requests = 0, refused = 0, uncertain = 0;

  // For people who replay a seed: what happened, when. Kept only if somebody asks for it.
  bool tracing = false;
  std::vector<std::pair<Time, std::string>> notes;

  void note(Time at, std::string text) {
    if (tracing) notes.emplace_back(at, std::move(text));
  }
  void confirm(const RecordName& name) {
    unsigned& last = confirmed[name];
    times[name] = last == life ? times[name] + 1 : 1;
    last = life;
  }
  void violation(std::string text) {
    if (violations.size() < 20) violations.push_back(std::move(text));
  }
};

}  // namespace tenon::sim
