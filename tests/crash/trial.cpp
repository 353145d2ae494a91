// The lives of a host, and what must hold at the end of them.
#include "crash/trial.hpp"

#include <filesystem>
#include <thread>

namespace tenon::testing {
namespace {

using nlohmann::json;

void pause_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

constexpr const char* kPaths[] = {"/in", "/lot"};

std::string destination_of(const std::string& path) { return path == "/in" ? "inbox" : "lot"; }

}  // namespace

Trial::Trial(Case what) : case_(std::move(what)) {}

void Trial::tell(const std::string& what) { breaks_.push_back(what); }

std::vector<std::string> Trial::go() {
  try {
    start_vendors();
    if (!case_.before.empty()) {
      live(case_.before, false);
      await_fault(case_.before, true);
      world_.host().wait();
      end_life();
    }
    live(case_.fault, false);
    expect_fault();
    end_life();
    world_.inbox().set({{"mode", "ok"}, {"fail_next", 0}});  // the vendor is well, too
    live("", true);
    finish();
    settle();
    check("at rest");
  } catch (const std::exception& error) {
    tell(error.what());
  }
  if (!breaks_.empty() && case_.bug.empty()) {
    tell("the last host said:\n" + world_.host().output());
  }
  return breaks_;
}

// Starts the host and does what the scenario does, as far as the host lives.
void Trial::live(const std::string& fault, bool last) {
  ++life_;
  world_.environment.erase("TENON_FAIL_POINT");
  if (!fault.empty()) world_.environment["TENON_FAIL_POINT"] = fault;
  if (fault == case_.fault && !case_.with.empty()) {
    world_.environment["TENON_FAIL_POINT"] = fault + "," + case_.with;
  }
  if (!case_.bug.empty()) world_.environment["TENON_PLANTED_BUG"] = case_.bug;
  world_.host_arguments.clear();
  if (case_.small_chunks) world_.host_arguments = {"--log-chunk", "1"};
  world_.spawn_host(workspace());
  const bool up = world_.comes_up();
  if (last && !up) tell("the data folder does not open again");
  if (up && !last) act();
}

void Trial::act() {
  basic();
  switch (case_.scenario) {
    case Scenario::basic: break;
    case Scenario::big: big(); break;
    case Scenario::full: full(); break;
    case Scenario::trouble: trouble(); break;
    case Scenario::letters: letters(); break;
    case Scenario::acts: acts(); break;
    case Scenario::config: config(); break;
    case Scenario::rejected: rejected(); break;
    case Scenario::pull: pull(); break;
    case Scenario::webhook: webhook(); break;
    case Scenario::vault: vault(); break;
    case Scenario::rollout: rollout(); break;
    case Scenario::captured: break;
    case Scenario::stop: world_.host().signal(SIGTERM); break;
  }
}

bool Trial::alive() { return world_.host().wait(std::chrono::seconds(0)) == -1; }

// Events come until the fault has been met.
void Trial::await_fault(const std::string& fault, bool ends) {
  const std::string name = fault.substr(0, fault.find_first_of("@:"));
  const auto fired = [&] {
    return world_.host().output().find("fail point " + name + ":") != std::string::npos;
  };
  eventually([&] {
    if (!alive() || (!ends && fired())) return true;
    if (case_.scenario != Scenario::stop) post_some(1);
    pause_ms(150);
    return false;
  });
  if (!fired()) tell(fault + " was never reached");
}

void Trial::expect_fault() {
  const bool ends = case_.fate != Fate::lives;
  await_fault(case_.fault, ends);
  const std::string output = world_.host().output();
  if (!ends) {
    if (!alive()) tell("the host ended, although it could go on:\n" + output);
    return;
  }
  const int status = world_.host().wait();
  ended_ = status == 128 + SIGKILL ? "killed" : "ended " + std::to_string(status);
  if (case_.fate == Fate::dies && status != 128 + SIGKILL) tell("wanted a kill, found " + ended_);
  if (case_.fate == Fate::gives_up) {
    if (status != 1 && status != 2) tell("wanted an end with a text, found " + ended_);
    if (output.find("tenond: ") == std::string::npos) tell("it ended without a text:\n" + output);
  }
}

// Whatever it is doing; and what has arrived until then belongs to this life.
void Trial::end_life() {
  if (alive()) {
    if (case_.fate == Fate::lives && ledger_.acknowledged() > 0) settle();
    world_.host().signal(SIGKILL);
  }
  world_.host().wait();
  pause_ms(20);  // what was on its way to the vendor
  ledger_.arrived(world_.journal(), life_);
}

// Nothing is pending any more, three times in a row. An event that is missing is waited for longer,
// but not for ever: at rest nothing makes it come.
void Trial::settle() {
  constexpr int kQuiet = 3, kQuietWithLoss = 150;
  int quiet = 0;
  json rows;
  const bool settled = eventually(
      [&] {
        const auto answer = world_.admin("GET", "/completeness").json();
        if (!answer.is_object() || !answer.contains("data")) return !alive();
        rows = answer["data"];
        const auto sums = sums_of(rows);
        const bool now =
            has_pulled() && sums.pending == 0 && sums.decided >= 2 * sums.routed &&
            http("GET", world_.metrics_url() + "/metrics").body.find("pipeline_lag_bytes 0\n") !=
                std::string::npos;
        quiet = now ? quiet + 1 : 0;
        pause_ms(40);
        return quiet >= (sums.received >= ledger_.acknowledged() ? kQuiet : kQuietWithLoss);
      },
      std::chrono::seconds(90));
  if (!settled || !alive()) {
    tell("it does not come to rest: " + std::to_string(ledger_.acknowledged()) + " acknowledged; " +
         text_of(sums_of(rows)));
  }
}

// What a vendor holds is acknowledged from the first on, so it is read to its end before anything
// is at rest, however long the first run of a life takes.
bool Trial::has_pulled() {
  if (case_.scenario != Scenario::pull) return true;
  const auto pulls = world_.admin("GET", "/pulls").json();
  if (!pulls.is_object() || pulls["data"].empty()) return false;
  const auto& pull = pulls["data"][0];
  return pull.value("runs", 0) >= 1 && pull.value("failures", 1) == 0 && !pull.value("more", true);
}

void Trial::check(const std::string& when) {
  ledger_.arrived(world_.journal(), life_);
  for (const std::string path : kPaths) {
    for (const auto& one : ledger_.breaks(path, dead_of(destination_of(path)))) {
      tell(when + ": " + one);
    }
  }
  check_audit(when);
  check_counts(when);
}

// The chain is whole, and each act that was answered has its end in it.
void Trial::check_audit(const std::string& when) {
  const auto verdict = world_.admin("GET", "/audit/verify");
  const auto report = verdict.json();
  if (!report.is_object() || !report.value("whole", false)) {
    tell(when + ": the audit chain: " + verdict.body);
  }
  std::size_t ended = 0;
  const auto entries = world_.admin("GET", "/audit?limit=500").json();
  for (const auto& entry : entries["data"]) {
    const std::string act = entry["act"];
    const bool is_act = act.starts_with("POST /api/v1/destinations/");
    ended += is_act && entry["status"] == 200 ? 1 : 0;
  }
  if (ended < answered_acts_) {
    tell(when + ": " + std::to_string(answered_acts_) + " acts were answered, and " +
         std::to_string(ended) + " stand in the audit chain");
  }
}

// Three ways to count must agree: as they were counted on the way, from the log alone, and by a
// host that has lost its state.
void Trial::check_counts(const std::string& when) {
  const auto counted = sums_of(world_.admin("GET", "/completeness").json()["data"]);
  world_.host().signal(SIGTERM);
  const int status = world_.host().wait();
  if (status != 0) tell(when + ": a clean stop ended with " + std::to_string(status));
  const auto recounted = recount_of(world_.data());
  if (!recounted.adds_up() || recounted.broken != 0) {
    tell(when + ": the recount does not add up: " + text_of(recounted));
  }
  if (recounted != counted) {
    tell(when + ": counted " + text_of(counted) + "\n  recounted " + text_of(recounted));
  }
  std::filesystem::remove_all(world_.data() + "/state");
  ++life_;
  world_.spawn_host(workspace());
  if (!world_.comes_up()) {
    tell(when + ": it does not start without its state");
    return;
  }
  settle();
  const auto again = sums_of(world_.admin("GET", "/completeness").json()["data"]);
  if (again != counted) {
    tell(when + ": counted " + text_of(counted) + "\n  from the log again " + text_of(again));
  }
  const auto before = ledger_.delivered("/in").size() + ledger_.delivered("/lot").size();
  ledger_.arrived(world_.journal(), life_);
  const auto after = ledger_.delivered("/in").size() + ledger_.delivered("/lot").size();
  if (before != after) tell(when + ": a host without its state delivered what was not due");
}

std::set<std::string> Trial::dead_of(const std::string& destination) {
  std::set<std::string> ids;
  const auto letters =
      world_.admin("GET", "/dead-letters?limit=500&destination=" + destination).json();
  if (!letters.is_object()) return ids;
  for (const auto& letter : letters["data"]) {
    const auto trace = world_.admin("GET", "/events/" + letter["event"].get<std::string>()).json();
    if (trace.is_object()) ids.insert(trace["received"].value("message_id", std::string()));
  }
  return ids;
}

}  // namespace tenon::testing
