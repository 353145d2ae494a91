// ReleaseRun: one release in a runtime, on call after call: instances are kept by their settings,
// and opened again when a worker was lost.
#pragma once

#include <map>
#include <string>

#include "shadow/replay.hpp"

namespace tenon::shadow {

constexpr std::size_t kMaxOpenSettings = 64;  // instances kept; one more closes the oldest

// One call at a time. The doors outlive it; await close() at the end.
class ReleaseRun {
 public:
  ReleaseRun(ReplayDoors doors, ReleaseId release) : doors_(doors), release_(std::move(release)) {}

  // Settings that the release refuses, and a worker that dies while it loads, are ends of the case.
  // An Error means that nothing can be said of any call: unsupported (this machine cannot isolate),
  // not_found (no such release), limited. `settings`: canonical JSON, which may be other than the
  // call's. It and `call` must outlive the Task.
  Task<Result<Replayed>> run(const CapturedCall& call, const std::string& settings,
                             Replies replies);
  Task<void> close();

 private:
  Task<Result<InstanceId>> instance_for(const std::string& settings);

  ReplayDoors doors_;
  ReleaseId release_;
  struct Open {
    InstanceId id;
    std::uint64_t used = 0;  // turn in which it was last used
  };
  std::map<std::string, Open> open_;  // by settings
  std::uint64_t turn_ = 0;
};

}  // namespace tenon::shadow
