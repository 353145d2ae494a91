// tenon rollout: which release of a connector runs for whom; forward by steps, and back at once.
#include <algorithm>
#include <charconv>

#include "cli/cells.hpp"
#include "cli/session.hpp"
#include "manifest/words.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds kStartTakes{180};  // tenon-check has 120 of them

struct RolloutArguments {
  std::string release, destination, reason, steps, every;
  std::uint32_t percent = 0;
  std::int64_t records = -1;
  bool again = false, no_gate = false;
};

// "crm@1.1.0" or "crm".
std::pair<std::string, std::string> parts_of(const std::string& release) {
  const auto at = release.find('@');
  if (at == std::string::npos) return {release, ""};
  return {release.substr(0, at), release.substr(at + 1)};
}

std::optional<Json> steps_of(const std::string& text) {
  Json steps = Json::array();
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  while (at < end) {
    std::uint32_t step = 0;
    const auto read = std::from_chars(at, end, step);
    if (read.ec != std::errc() || step == 0 || step > 100) return std::nullopt;
    steps.push_back(step);
    at = read.ptr;
    if (at < end && *at++ != ',') return std::nullopt;
  }
  return steps;
}

int post(Session& session, const RolloutArguments& given, const std::string& deed, Json body) {
  const auto [connector, version] = parts_of(given.release);
  if (!version.empty()) body["version"] = version;
  if (!given.reason.empty()) body["reason"] = given.reason;
  const auto answer =
      session.post("/api/v1/rollouts/" + escaped(connector) + "/" + deed, body.dump());
  if (!answer) return session.exit_code;
  return session.print(*answer, render_rollout(*answer, session.view()));
}

int start(Session& session, const RolloutArguments& given) {
  Json body = Json::object();
  if (!given.steps.empty()) {
    const auto steps = steps_of(given.steps);
    if (!steps) {
      return session.usage("--steps: wanted percent such as 1,10,50,100, found " +
                           clean(given.steps, 60));
    }
    body["steps"] = *steps;
  }
  if (!given.every.empty()) {
    const auto ms = manifest::parse_duration(given.every);
    if (!ms || *ms < 1'000) {
      return session.usage("--every: wanted a time such as 10m or 1h, found " +
                           clean(given.every, 40));
    }
    body["every_s"] = *ms / 1'000;
  }
  if (given.records >= 0) body["records"] = given.records;
  if (given.no_gate) body["gate"] = false;
  if (given.again) body["again"] = true;
  session.timeout = std::max<std::chrono::milliseconds>(session.timeout, kStartTakes);
  return post(session, given, "start", std::move(body));
}

int canary(Session& session, const RolloutArguments& given) {
  return post(session, given, "canary", {{"percent", given.percent}});
}

int pin_one(Session& session, const RolloutArguments& given, const char* deed) {
  return post(session, given, deed, {{"destination", given.destination}});
}

int status(Session& session, const RolloutArguments& given) {
  if (given.release.empty()) {
    const auto page = session.get("/api/v1/rollouts");
    if (!page) return session.exit_code;
    return session.print(*page, render_rollouts(*page, session.view()));
  }
  const auto answer = session.get("/api/v1/rollouts/" + escaped(parts_of(given.release).first));
  if (!answer) return session.exit_code;
  return session.print(*answer, render_rollout(*answer, session.view()));
}

class Group {
 public:
  Group(CLI::App& group, Session& session) : group_(group), session_(session) {}

  CLI::App* add(const char* name, const char* about,
                std::function<int(Session&, const RolloutArguments&)> run) {
    auto* command = group_.add_subcommand(name, about);
    Session& session = session_;
    auto given = given_;
    command->callback([&session, given, run] {
      session.run = [&session, given, run] { return run(session, *given); };
    });
    return command;
  }
  CLI::App* add_act(const char* name, const char* about, const char* what, const char* which) {
    const std::string deed = name;
    auto* command = add(name, about, [deed](Session& session, const RolloutArguments& given) {
      return post(session, given, deed, Json::object());
    });
    command->add_option(what, given_->release, which)->required();
    add_reason(command);
    return command;
  }
  void add_reason(CLI::App* command) {
    command->add_option("--reason", given_->reason, "Why; it is kept with the act");
  }
  RolloutArguments& given() { return *given_; }

 private:
  CLI::App& group_;
  Session& session_;
  std::shared_ptr<RolloutArguments> given_ = std::make_shared<RolloutArguments>();
};

void add_start(Group& group) {
  auto* command = group.add("start", "Make a release the candidate; it sends nothing yet", &start);
  auto& given = group.given();
  command->add_option("RELEASE", given.release, "As acme@1.1.0; installed")->required();
  command->add_option("--steps", given.steps,
                      "Go forward by itself: percent of the keys, 100 promotes");
  command->add_option("--every", given.every, "So long at least on each step; default 10m");
  command->add_option("--records", given.records,
                      "So many of its deliveries at least before the next step; default 50");
  command->add_flag("--no-gate", given.no_gate, "Do not roll back by itself what is worse");
  command->add_flag("--again", given.again, "Though it was rolled back before");
  group.add_reason(command);
  command->footer(
      "Examples:\n"
      "  tenon rollout start acme@1.1.0\n"
      "  tenon rollout start acme@1.1.0 --steps 1,10,50,100 --every 30m");
}

}  // namespace

void add_rollout(CLI::App& app, Session& session) {
  auto* top = app.add_subcommand(
      "rollout", "Releases of connectors: start, canary, promote, rollback, and who runs which");
  top->require_subcommand(1);
  top->footer(
      "A newer release that is installed moves nobody. It becomes a candidate (start; tenon-check "
      "is "
      "run on it\nwith the goldens of its package), gets a part "
      "of the\nkeys (canary; one key, one release), then all (promote). What is worse than the "
      "stable release is\nrolled back by the host, with the reason. A destination whose version "
      "the "
      "workspace file names\n(connector = \"acme@1.0.0\") takes no part.\n\n"
      "Example:\n"
      "  tenon rollout start acme@1.1.0\n"
      "  tenon rollout canary acme@1.1.0 --percent 10\n"
      "  tenon rollout status acme\n"
      "  tenon rollout promote acme@1.1.0");
  Group group(*top, session);
  auto& given = group.given();
  auto* showing = group.add("status", "What runs where, and how the candidate does", &status);
  showing->add_option("CONNECTOR", given.release, "Only this one, in full");
  add_start(group);
  auto* canarying = group.add("canary", "Give the candidate a part of the keys", &canary);
  canarying->add_option("RELEASE", given.release, "The candidate, as acme@1.1.0")->required();
  canarying->add_option("--percent", given.percent, "Of the keys, 1 to 100")->required();
  group.add_reason(canarying);
  group.add_act("promote", "The candidate is the stable release from now on", "RELEASE",
                "The candidate, as acme@1.1.0");
  auto* back =
      group.add_act("rollback", "No candidate any more; without one: back to the release before",
                    "CONNECTOR", "As acme");
  back->footer(
      "In force when it is told: no call begins with the release that was rolled back. Calls under "
      "way end\nwith it; what it delivered is not sent again.\n\n"
      "Example:\n  tenon rollout rollback acme --reason \"phones arrive without their country\"");
  group.add_act("freeze", "Nothing goes forward; a rollback does", "CONNECTOR", "As acme");
  group.add_act("unfreeze", "It may go forward again", "CONNECTOR", "As acme");
  group.add_act("hold", "Newcomers get this release; who is there stays on what it runs", "RELEASE",
                "As acme@1.0.0");
  auto* pinning = group.add(
      "pin", "One destination stays on a release",
      [](Session& one, const RolloutArguments& asked) { return pin_one(one, asked, "pin"); });
  pinning->add_option("DESTINATION", given.destination, "Its name")->required();
  pinning->add_option("RELEASE", given.release, "As acme@1.0.0")->required();
  group.add_reason(pinning);
  auto* unpinning = group.add(
      "unpin", "It goes with the others again",
      [](Session& one, const RolloutArguments& asked) { return pin_one(one, asked, "unpin"); });
  unpinning->add_option("DESTINATION", given.destination, "Its name")->required();
  unpinning->add_option("CONNECTOR", given.release, "As acme")->required();
  group.add_reason(unpinning);
}

}  // namespace tenon::cli
