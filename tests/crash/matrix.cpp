// The rows of the matrix, in the order of the table of fail points.
#include "crash/matrix.hpp"

#include <algorithm>
#include <set>
#include <sstream>

namespace tenon::testing {
namespace {

using enum Scenario;
using enum Fate;

// One or more faults "ACTION" or "ACTION@NTH" of a point, separated by spaces, with one fate.
struct Row {
  const char* point;
  const char* faults;
  Scenario scenario = basic;
  Fate fate = dies;
  const char* before = "";
  bool small_chunks = false;
  const char* with = "";
};

// Occurrences are chosen so that each lies where it matters: a first start makes 16 chunks, opens
// 16 partitions and syncs each, puts the configuration into 16 partitions in one group, and so on.
const Row kRows[] = {
    {"log.open.locked", "kill"},
    {"log.id.write", "kill torn"},
    {"log.id.write", "short", basic, lives},
    {"log.id.write", "enospc eio", basic, gives_up},
    {"log.id.sync", "kill cut"},
    {"log.id.sync", "eio", basic, gives_up},
    {"log.id.rename", "kill"},
    {"log.id.rename", "eio", basic, gives_up},
    {"log.id.sync_directory", "kill"},
    {"log.id.sync_directory", "eio", basic, gives_up},
    {"log.open.lane", "kill kill@9"},
    {"log.open.mend", "kill torn", basic, dies, "log.frames.write@3:torn"},
    {"log.open.mend", "short", basic, lives, "log.frames.write@3:torn"},
    {"log.open.mend", "eio enospc", basic, gives_up, "log.frames.write@3:torn"},
    {"log.open.sync", "kill@3 cut@3", basic, dies, "log.lane.written@6:kill"},
    {"log.open.sync", "eio@5", basic, gives_up, "log.lane.written@6:kill"},
    {"log.reserve.open", "kill"},
    {"log.reserve.open", "enospc", basic, lives},
    {"log.reserve.open", "eio", basic, gives_up},
    {"log.reserve.refill", "kill torn@9"},
    {"log.reserve.refill", "short", basic, lives},
    {"log.reserve.refill", "eio", basic, gives_up},
    {"log.reserve.refill", "enospc", basic, lives},
    {"log.reserve.sync", "kill"},
    {"log.reserve.sync", "eio", basic, gives_up},
    {"log.reserve.give", "kill", full, dies, "", false, "log.zeros.write@1+2:enospc"},
    {"log.reserve.give", "eio", full, gives_up, "", false, "log.zeros.write@1+2:enospc"},
    {"config.restored", "kill", basic, dies, "egress.answered:kill"},
    {"config.checked", "kill kill@2", config},
    {"config.appended", "kill kill@2", config},
    {"config.in_force", "kill kill@2", config},
    {"secrets.read", "kill kill@3"},
    {"secrets.read", "eio@4", basic, lives},
    {"state.open", "kill kill@17"},
    {"state.open", "eio@9", basic, gives_up},
    {"host.serving", "kill"},

    {"ingest.append", "kill kill@3"},
    {"ingest.appended", "kill kill@3"},
    {"log.append.queued", "kill@3 kill@8"},
    {"log.append.placed", "kill@3 kill@8"},
    {"log.frames.write", "kill@5 kill@18 torn@9 torn@18 cut@20"},
    {"log.frames.write", "short@17", basic, lives},
    {"log.frames.write", "eio@17 enospc@18", basic, gives_up},
    {"log.lane.written", "kill@7 kill@17 kill@20 cut@18"},
    {"log.zeros.write", "kill torn", big},
    {"log.zeros.write", "short", big, lives},
    {"log.zeros.write", "eio", big, gives_up},
    {"log.zeros.write", "enospc@1+", full, lives},
    {"log.sync", "kill@18 cut@18 cut@20"},
    {"log.sync", "eio@18 eio@20", basic, gives_up},
    {"log.synced", "kill@2 kill@4 cut@5"},
    {"log.acknowledged", "kill@2 kill@4 cut@4"},
    {"log.chunk.open", "kill@4 kill@17", big, dies, "", true},
    {"log.chunk.open", "eio@17", big, gives_up, "", true},
    {"log.chunk.header", "kill@17 torn@17 torn@5", big, dies, "", true},
    {"log.chunk.open", "enospc@17+2", full, lives, "", true},
    {"log.chunk.header", "short@17", big, lives, "", true},
    {"log.chunk.header", "enospc@17+2", full, lives, "", true},
    {"log.chunk.header", "eio@17", big, gives_up, "", true},
    {"log.chunk.zeros", "kill@65 torn@66 cut@66", big, dies, "", true},
    {"log.chunk.zeros", "short@66", big, lives, "", true},
    {"log.chunk.zeros", "enospc@65+2", full, lives, "", true},
    {"log.chunk.zeros", "eio@66", big, gives_up, "", true},
    {"log.chunk.sync", "kill@17 cut@17", big, dies, "", true},
    {"log.chunk.sync", "eio@17", big, gives_up, "", true},
    {"log.chunk.rename", "kill@17", big, dies, "", true},
    {"log.chunk.rename", "eio@17", big, gives_up, "", true},
    {"log.chunk.sync_directory", "kill@17 cut@17", big, dies, "", true},
    {"log.chunk.sync_directory", "eio@17", big, gives_up, "", true},
    {"log.chunk.made", "kill", big, dies, "", true},

    {"pipeline.read", "kill kill@4"},
    {"pipeline.decide", "kill kill@4"},
    {"pipeline.decided", "kill kill@4 cut@2"},
    {"pipeline.flush", "kill kill@3"},
    {"state.begin", "kill@2"},
    {"state.begin", "eio@3", basic, gives_up},
    {"state.inside", "kill@2 kill@5 cut@4"},
    {"state.inside", "kill@7 kill@12", trouble},
    {"state.inside", "eio@3", basic, gives_up},
    {"state.commit", "kill@2 kill@5"},
    {"state.commit", "eio@4", basic, gives_up},
    {"state.committed", "kill kill@5 cut@3"},

    {"delivery.restored", "kill", basic, dies, "egress.answered@3:kill"},
    {"delivery.decision.read", "kill kill@3"},
    {"delivery.claimed", "kill kill@4"},
    {"delivery.loaded", "kill kill@4"},
    {"worker.spawn", "kill"},
    {"worker.ready", "kill"},
    {"worker.step", "kill@2 kill@6"},
    {"worker.answered", "kill@2 kill@6"},
    {"delivery.begin.append", "kill kill@4"},
    {"delivery.begin.appended", "kill kill@4 cut@3"},
    {"rate.lease.append", "kill kill@2"},
    {"rate.lease.appended", "kill kill@2"},
    {"egress.send", "kill kill@5 cut@6"},
    {"egress.answered", "kill kill@5 kill@11 cut@4"},
    {"delivery.outcome.append", "kill kill@3 cut@2"},
    {"delivery.outcome.appended", "kill kill@3"},
    {"delivery.outcome.fold", "kill kill@3"},
    {"delivery.outcome.folded", "kill kill@3"},
    {"delivery.retry.due", "kill kill@3", trouble},
    {"delivery.hold.met", "kill", trouble},
    {"capture.append", "kill kill@2", captured},
    {"capture.write", "kill torn torn@3 cut@2", captured},
    {"capture.write", "short@2 eio enospc@2", captured, lives},
    {"capture.appended", "kill kill@2 cut@3", captured},
    {"delivery.dead.append", "kill kill@2", letters},
    {"delivery.dead.appended", "kill kill@2", letters},
    {"delivery.cut_short", "kill", basic, dies, "egress.answered@3:kill"},

    {"operator.redrive.append", "kill kill@2", letters},
    {"operator.redrive.appended", "kill kill@2", letters},
    {"operator.act.append", "kill kill@2 kill@4", acts},
    {"operator.act.appended", "kill kill@2 kill@4", acts},
    {"operator.act.followed", "kill kill@2 kill@4", acts},
    {"reenter.append", "kill", rejected},
    {"reenter.appended", "kill", rejected},
    {"reenter.marked", "kill", rejected},

    {"vault.next.open", "kill kill@3", vault},
    {"vault.next.open", "eio@2 enospc@3", vault, lives},
    {"vault.next.write", "kill torn@3", vault},
    {"vault.next.write", "short@2 eio@2 enospc@3", vault, lives},
    {"vault.next.sync", "kill@2 cut@3", vault},
    {"vault.next.sync", "eio@2", vault, lives},
    {"vault.keep", "kill kill@2", vault},
    {"vault.keep", "eio@2", vault, lives},
    {"vault.rename", "kill kill@3", vault},
    {"vault.rename", "eio@2", vault, lives},
    {"vault.sync_directory", "kill@3 cut@2", vault},
    {"vault.sync_directory", "eio@2", vault, lives},
    {"vault.changed", "kill kill@3", vault},
    {"vault.noted", "kill kill@3", vault},
    {"chain.append", "kill kill@3 cut@2", acts},
    {"chain.appended", "kill kill@3 cut@2", acts},
    {"rollout.append", "kill kill@2 cut@3", rollout},
    {"rollout.appended", "kill kill@2 cut@3", rollout},
    {"pull.page.read", "kill", pull},
    {"pull.page.appended", "kill", pull},
    {"pull.events.appended", "kill", pull},
    {"pull.mark.appended", "kill", pull},
    {"webhook.append", "kill kill@2", webhook},
    {"webhook.kept", "kill kill@2", webhook},
    {"webhook.parsed", "kill kill@2", webhook},
    {"webhook.events.appended", "kill kill@2", webhook},
    {"webhook.end.appended", "kill kill@2", webhook},

    {"stop.begun", "kill", stop},
    {"stop.requests_ended", "kill", stop},
    {"stop.drained", "kill", stop},
    {"stop.joined", "kill", stop},
    {"stop.flushed", "kill", stop},
};

// "kill@3" of a point: "POINT@3:kill".
std::string fault_of(const std::string& point, const std::string& text, int later) {
  const auto at = text.find('@');
  std::string nth = at == std::string::npos ? "1" : text.substr(at + 1);
  const bool onwards = nth.ends_with('+');
  if (later > 0) nth = std::to_string(std::stoi(nth) + later) + (onwards ? "+" : "");
  return point + "@" + nth + ":" + text.substr(0, at);
}

}  // namespace

std::vector<Case> matrix(int more) {
  std::vector<Case> all;
  for (const auto& row : kRows) {
    std::istringstream faults(row.faults);
    for (std::string one; faults >> one;) {
      const bool often = row.fate == dies && row.scenario != stop;
      for (int later = 0; later <= (often ? more : 0); ++later) {
        Case c;
        c.fault = fault_of(row.point, one, later);
        c.scenario = row.scenario;
        c.fate = row.fate;
        c.with = row.with;
        c.before = row.before;
        c.small_chunks = row.small_chunks;
        all.push_back(std::move(c));
      }
    }
  }
  return all;
}

std::vector<Case> short_matrix() {
  std::set<std::string> known;
  std::vector<Case> out;
  auto all = matrix(0);
  for (auto one = all.rbegin(); one != all.rend(); ++one) {
    const std::string action = one->fault.substr(one->fault.rfind(':'));
    if (known.insert(point_of(one->fault) + action).second) out.push_back(std::move(*one));
  }
  std::reverse(out.begin(), out.end());
  return out;
}

std::string point_of(const std::string& fault) {
  return fault.substr(0, fault.find_first_of("@:"));
}

}  // namespace tenon::testing
