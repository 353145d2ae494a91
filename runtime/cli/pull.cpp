// tenon pull: how pulls are, and running one now.
#include <chrono>
#include <thread>

#include "cli/session.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::milliseconds kPullPoll{250};
constexpr int kWaitMs = 25'000;  // of one request; asked again until the run has ended

int status(Session& session) {
  const auto page = session.get("/api/v1/pulls");
  if (!page) return session.exit_code;
  return session.print(*page, render_pulls(*page, session.view()));
}

struct RunArguments {
  std::string name;
  bool no_wait = false;
};

int run_one(Session& session, const RunArguments& given) {
  const std::string path = "/api/v1/pulls/" + escaped(given.name) + "/run";
  const auto first =
      session.post(path + "?wait_ms=" + std::to_string(given.no_wait ? 0 : kWaitMs), "");
  if (!first) return session.exit_code;
  Json pull = *first;
  // A long run: it goes on by itself, so only its state is looked at from now on.
  while (!given.no_wait && text_of(pull, "state") == "running") {
    const auto page = session.get("/api/v1/pulls");
    if (!page) return session.exit_code;
    for (const auto& one : page->value("data", Json::array())) {
      if (text_of(one, "name") == given.name) pull = one;
    }
    if (text_of(pull, "state") == "running") std::this_thread::sleep_for(kPullPoll);
  }
  session.print(pull, render_pull(pull, session.view()));
  // A run that the vendor refused ends in a wait for it. With --no-wait there is no end yet.
  const auto state = text_of(pull, "state");
  return state == "idle" || state == "running" ? kOk : kFailed;
}

}  // namespace

void add_pull(CLI::App& app, Session& session) {
  auto* group =
      app.add_subcommand("pull", "Read vendors' changes into a source: state, and run now");
  group->require_subcommand(1);
  group->footer(
      "A pull is a [[pulls]] table of the workspace file: destination, stream, source, interval.\n"
      "It runs by itself; each page and its cursor are on disk together or not at all, so a crash\n"
      "neither loses nor doubles a record.\n\n"
      "Examples:\n"
      "  tenon pull status\n"
      "  tenon pull run crm-contacts");
  auto* listing = group->add_subcommand("status", "List them with cursor, counts and next run");
  listing->callback([&session] { session.run = [&session] { return status(session); }; });
  auto* running = group->add_subcommand("run", "Run one now and wait for its end");
  running->footer(
      "Goes on from its cursor until the vendor has no more. Exit status 1 if it failed or the\n"
      "vendor refuses it for now; the reason is printed.\n\n"
      "Example:\n"
      "  tenon pull run crm-contacts --json");
  auto given = std::make_shared<RunArguments>();
  running->add_option("NAME", given->name, "Name of the pull")->required();
  running->add_flag("--no-wait", given->no_wait, "Only start it");
  running->callback(
      [&session, given] { session.run = [&session, given] { return run_one(session, *given); }; });
}

}  // namespace tenon::cli
