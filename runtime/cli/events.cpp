// tenon events tail: the newest events, and those that come.
#include "cli/session.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

constexpr const char* kFollowWaitMs = "20000";

struct TailArguments {
  int limit = 20;
  bool follow = false;
};

int tail(Session& session, const TailArguments& given) {
  std::string after;
  for (;;) {
    const bool first = after.empty();
    const auto page = session.get(with_parameters(
        "/api/v1/events/tail", {{"limit", first ? std::to_string(given.limit) : "500"},
                                {"after", after},
                                {"wait_ms", given.follow && !first ? kFollowWaitMs : ""}}));
    if (!page) return session.exit_code;
    const auto events = page->value("data", Json::array());
    // One object per line, so that --follow can be piped.
    for (const auto& event : events) {
      if (session.json) {
        session.out() << event.dump() << "\n";
      } else if (given.follow) {
        session.out() << render_event_line(event, session.view());
      }
    }
    if (!given.follow) {
      if (!session.json) session.out() << render_events(*page, session.view());
      return kOk;
    }
    session.out() << std::flush;
    if (!session.out()) return kOk;  // the reader of the pipe is gone
    after = text_of(*page, "next");
    if (after.empty()) return session.fail(corrupt("the host gave no cursor to go on from"));
  }
}

}  // namespace

void add_events(CLI::App& app, Session& session) {
  auto* events = app.add_subcommand("events", "Send events, watch them, mend rejected ones");
  events->require_subcommand(1);
  add_send(*events, session);
  add_rejected(*events, session);
  auto* command = events->add_subcommand("tail", "Show the newest events");
  command->footer(
      "With --json: one JSON object per line.\n\n"
      "Examples:\n"
      "  tenon events tail\n"
      "  tenon events tail --follow --json | jq -r .id");
  auto given = std::make_shared<TailArguments>();
  command->add_option("--limit,-n", given->limit, "At most so many to begin with")
      ->check(CLI::Range(1, 500))
      ->capture_default_str();
  command->add_flag("--follow,-f", given->follow, "Go on until interrupted");
  command->callback(
      [&session, given] { session.run = [&session, given] { return tail(session, *given); }; });
}

}  // namespace tenon::cli
