// tenon explain: where is this event, and why?
#include <chrono>
#include <thread>

#include "cli/session.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;
using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTracePoll{200};
constexpr int kMaxContinues = 10'000;  // parts of one long log: each reads up to 64 MiB

struct ExplainArguments {
  std::string id, message_id;
  double wait = 0;
};

// The event ids to explain: the one given, or those with the message id, first one first.
std::optional<std::vector<std::string>> find_ids(Session& session, const ExplainArguments& given,
                                                 Steady::time_point deadline) {
  if (!given.id.empty()) return std::vector<std::string>{given.id};
  for (;;) {
    const auto page =
        session.get(with_parameters("/api/v1/events", {{"message_id", given.message_id}}));
    if (!page) return std::nullopt;
    std::vector<std::string> ids;
    for (const auto& event : page->value("data", Json::array())) {
      ids.push_back(text_of(event, "id"));
    }
    if (!ids.empty()) return ids;
    if (Steady::now() >= deadline) break;
    std::this_thread::sleep_for(kTracePoll);
  }
  session.exit_code = session.fail(not_found(
      "no event has this message id within the time that the host remembers", given.message_id));
  return std::nullopt;
}

// The whole trace: a long log is read in parts.
std::optional<Json> read_trace(Session& session, const std::string& id) {
  std::optional<Json> trace;
  for (int part = 0; part < kMaxContinues; ++part) {
    trace = session.get("/api/v1/events/" + escaped(id));
    if (!trace || flag_of(*trace, "complete")) break;
    if (session.err_is_terminal) {
      session.err() << "\r\x1b[2Kreading the log, part " << part + 2 << std::flush;
    }
  }
  if (session.err_is_terminal) session.err() << "\r\x1b[2K" << std::flush;
  return trace;
}

int explain(Session& session, const ExplainArguments& given) {
  if (given.id.empty() == given.message_id.empty()) {
    return session.usage("wanted an event id or --message-id SOURCE:ID, and not both");
  }
  const auto deadline =
      Steady::now() + std::chrono::milliseconds(static_cast<std::int64_t>(given.wait * 1'000));
  const auto ids = find_ids(session, given, deadline);
  if (!ids) return session.exit_code;
  Json all = Json::array();
  std::string text;
  for (const auto& id : *ids) {
    std::optional<Json> trace;
    for (;;) {
      trace = read_trace(session, id);
      if (!trace) return session.exit_code;
      if (flag_of(*trace, "settled") || Steady::now() >= deadline) break;
      std::this_thread::sleep_for(kTracePoll);
    }
    text += (text.empty() ? "" : "\n") + render_trace(*trace, session.view());
    all.push_back(std::move(*trace));
  }
  // One event is one object; a message id gives a list, since duplicates share it.
  return session.print(given.id.empty() ? all : all[0], text);
}

}  // namespace

void add_explain(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand(
      "explain", "Tell everything about one event: reception, decision, attempts, next time");
  command->footer(
      "Examples:\n"
      "  tenon explain evt_0001a2b3c4d5e6f7g8h9j\n"
      "  tenon explain --message-id web:order-1042 --wait 10\n"
      "  tenon explain evt_... --json | jq '.deliveries[].state'");
  auto given = std::make_shared<ExplainArguments>();
  command->add_option("EVENT_ID", given->id, "Like evt_ and 21 characters");
  command->add_option("--message-id", given->message_id, "SOURCE:ID, the client's own id");
  command
      ->add_option("--wait", given->wait,
                   "Wait up to so many seconds until nothing more can happen to it")
      ->check(CLI::Range(0.0, 86'400.0));
  command->callback(
      [&session, given] { session.run = [&session, given] { return explain(session, *given); }; });
}

}  // namespace tenon::cli
