// PairRun: two releases of one connector on the same calls, both at the same time, into a Tally.
#pragma once

#include <string>

#include "manifest/manifest.hpp"
#include "shadow/release_run.hpp"
#include "shadow/tally.hpp"

namespace tenon::shadow {

// Whose golden a script is: that release makes the recording of it.
enum class Owner : std::uint8_t { before, after };

struct PairSide {
  ReleaseId id;              // as the runtime knows it
  const Manifest& manifest;  // outlives the run
};

// The doors outlive it; await close() at the end. A call that cannot be replayed is counted as not
// run. An Error is none of a call's but of the machine's: see ReleaseRun.
class PairRun {
 public:
  PairRun(ReplayDoors doors, PairSide before, PairSide after)
      : before_manifest_(before.manifest),
        after_manifest_(after.manifest),
        before_(doors, std::move(before.id)),
        after_(doors, std::move(after.id)) {}

  // Both get the recorded replies, by what they ask for, and the recorded settings, each with the
  // defaults of its own manifest: as the host would open it.
  Task<Result<void>> captured(const CapturedCall& call, Tally& tally);
  // A golden: its owner gets the scripted replies in turn, and what it asked for with them is the
  // recording that the other one is run on. Where the owner fails there is no whole recording:
  // the other gets the script as well.
  Task<Result<void>> scripted(const CapturedCall& golden, Owner owner, Tally& tally);
  Task<void> close();

 private:
  const Manifest &before_manifest_, &after_manifest_;
  ReleaseRun before_, after_;
};

}  // namespace tenon::shadow
