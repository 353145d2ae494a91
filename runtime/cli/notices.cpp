// tenon notices: what needs a person now, and what was told lately.
#include "cli/session.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

int notices(Session& session, int limit) {
  const auto page = session.get("/api/v1/notices?limit=" + std::to_string(limit));
  if (!page) return session.exit_code;
  return session.print(*page, render_notices(*page, session.view()));
}

}  // namespace

void add_notices(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("notices", "What needs a person now, then what was so lately");
  command->footer(
      "Each is an event of the source \"tenon\": a route with sources = [\"tenon\"] sends it\n"
      "anywhere. What to do on each: runtime/notices/README.md.");
  auto limit = std::make_shared<int>(20);
  command->add_option("--limit", *limit, "Show at most so many; the open ones stand first")
      ->check(CLI::Range(1, 500));
  command->callback(
      [&session, limit] { session.run = [&session, limit] { return notices(session, *limit); }; });
}

}  // namespace tenon::cli
