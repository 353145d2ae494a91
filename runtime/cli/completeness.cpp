// tenon completeness: what became of everything, as counts that must add up.
#include "cli/session.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

struct CompletenessArguments {
  std::string from, to, source, destination;
  bool by_hour = false, recount = false;
};

constexpr std::chrono::minutes kRecountWithin{30};  // it reads the whole log

int recount(Session& session) {
  session.timeout = kRecountWithin;
  const auto answer = session.get("/api/v1/completeness/recount");
  if (!answer) return session.exit_code;
  session.print(*answer, render_recount(*answer, session.view()));
  return flag_of(*answer, "same") && number_of(*answer, "broken") == 0 ? kOk : kFailed;
}

int completeness(Session& session, const CompletenessArguments& given) {
  std::string query;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) query += (query.empty() ? "?" : "&") + (name + ("=" + escaped(value)));
  };
  add("from", given.from);
  add("to", given.to);
  add("source", given.source);
  add("destination", given.destination);
  const auto answer = session.get("/api/v1/completeness" + query);
  if (!answer) return session.exit_code;
  session.print(*answer, render_completeness(*answer, given.by_hour, session.view()));
  const bool sound = flag_of(*answer, "adds_up");
  if (!given.recount || session.json) return sound ? kOk : kFailed;
  const int same = recount(session);
  return sound ? same : kFailed;
}

}  // namespace

void add_completeness(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand(
      "completeness", "What became of all events and deliveries; whether the counts add up");
  command->footer(
      "Exit status 1 if something is in no fate, or a recount differs.\n"
      "Examples:\n"
      "  tenon completeness --from 2026-11-01T00:00:00Z --destination crm\n"
      "  tenon completeness --recount");
  auto given = std::make_shared<CompletenessArguments>();
  command->add_option("--from", given->from, "Events received from here on (RFC 3339), by hour");
  command->add_option("--to", given->to, "Events received before this");
  command->add_option("--source", given->source, "Of this source only");
  command->add_option("--destination", given->destination, "Of this destination only");
  command->add_flag("--by-hour", given->by_hour, "A line for each hour");
  command->add_flag("--recount", given->recount,
                    "Also read the whole log anew and compare; with --json print only that");
  command->callback([&session, given] {
    session.run = [&session, given] {
      return given->recount && session.json ? recount(session) : completeness(session, *given);
    };
  });
}

}  // namespace tenon::cli
