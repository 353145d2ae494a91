// The command line as a whole: global options, subcommands, exit status.
#include <unistd.h>

#include <cstdlib>

#include "cli/backup.hpp"
#include "cli/connector.hpp"
#include "cli/session.hpp"

#ifndef TENON_VERSION
#define TENON_VERSION "0.1.0"
#endif

namespace tenon::cli {
namespace {

constexpr const char* kFooter =
    "The host is found by --socket, --data, TENON_SOCKET, TENON_DATA, else ./tenon-data.\n"
    "Exit status: 0 done, 1 refused or failed, 2 wrong usage, 3 no host answers.\n"
    "Colours only on a terminal; NO_COLOR turns them off.\n\n"
    "Examples:\n"
    "  tenon events send orders.ndjson --source-url http://127.0.0.1:8080 --write-key env:WEB_KEY\n"
    "  tenon explain --message-id web:order-1042\n"
    "  tenon dead-letters redrive --all --destination crm\n"
    "  tenon doctor";

bool wants_color(bool terminal) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return terminal && (no_color == nullptr || *no_color == '\0') &&
         (term == nullptr || std::string_view(term) != "dumb");
}

}  // namespace

int run(int argc, char** argv, std::ostream& out, std::ostream& err) {
  CLI::App app("tenon: look into and steer a running tenond", "tenon");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("tenon ") + TENON_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  Session session(out, err);
  session.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  session.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  session.style.color = wants_color(session.out_is_terminal);
  session.error_style.color = wants_color(session.err_is_terminal);
  // Its options are those of another program: nothing of them may be read here.
  if (argc > 1 && std::string_view(argv[1]) == "check") {
    return hand_over(session, std::vector<std::string>(argv + 2, argv + argc));
  }
  app.add_option("--socket", session.socket, "The host's admin socket");
  app.add_option("--data", session.data, "The host's data folder");
  app.add_flag("--json", session.json, "Answer as JSON, in the shapes of the admin API");
  add_events(app, session);
  add_explain(app, session);
  add_deliveries(app, session);
  add_dead_letters(app, session);
  add_replay(app, session);
  add_destinations(app, session);
  add_pull(app, session);
  add_inventory(app, session);
  add_config(app, session);
  add_vault(app, session);
  add_token(app, session);
  add_rollout(app, session);
  add_audit(app, session);
  add_captures(app, session);
  add_repro(app, session);
  add_manifest(app, session);
  add_doctor(app, session);
  add_notices(app, session);
  add_completeness(app, session);
  add_backup(app, session);
  add_check(app, session);
  add_ci(app, session);
  add_connector(app, session);
  add_dev(app, session);
  add_models(app, session);
  // The library reports usage by exceptions; they end here.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, out, err);
    return code == 0 ? kOk : kUsage;
  }
  return session.run ? session.run() : kUsage;
}

}  // namespace tenon::cli
