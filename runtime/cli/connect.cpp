// tenon vault connect: a person agrees at the vendor's page that a destination may act for him.
#include <spawn.h>

#include "cli/loopback.hpp"
#include "cli/session.hpp"

extern char** environ;

namespace tenon::cli {
namespace {

using Json = nlohmann::json;
constexpr std::chrono::minutes kPatience{10};  // the host waits no longer either

struct ConnectArguments {
  std::string destination;
  bool no_browser = false;
};

// It may be that there is none, or that it is on another machine; the address is shown as well.
void open_browser(const std::string& url) {
  std::string program = "xdg-open", address = url;
  char* const arguments[] = {program.data(), address.data(), nullptr};
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", 1, 0);
  posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", 1, 0);
  pid_t pid = 0;
  static_cast<void>(posix_spawnp(&pid, "xdg-open", &quiet, nullptr, arguments, environ));
  posix_spawn_file_actions_destroy(&quiet);
}

int connect(Session& session, const ConnectArguments& given) {
  auto callback = LoopbackCallback::open();
  if (!callback) return session.fail(callback.error());
  const Json begin = {{"destination", given.destination}, {"redirect_uri", callback->uri()}};
  const auto offer = session.post("/api/v1/oauth/connect", begin.dump());
  if (!offer) return session.exit_code;
  const auto url = text_of(*offer, "url");
  session.err() << "Agree on this page, in a browser on this machine, within 10 minutes:\n\n  "
                << clean(url, 4'096) << "\n\n";
  session.err().flush();
  if (!given.no_browser) open_browser(url);
  const auto back = callback->wait(kPatience);
  if (!back) return session.fail(back.error());
  if (back->state != text_of(*offer, "state")) {
    return session.fail(unauthorized(
        "wanted the state of this connection, found another one: the page was not opened for it"));
  }
  if (!back->error.empty()) {
    return session.fail(unauthorized("the vendor says: " + clean(back->error, 400)));
  }
  Json finish = {{"state", back->state}, {"code", std::string(back->code.reveal())}};
  std::string body = finish.dump();
  const auto done = session.post("/api/v1/oauth/connected", body);
  wipe(body);
  if (!done) return session.exit_code;
  const bool resumed = done->value("resumed", false);
  return session.print(*done, given.destination + " is connected" +
                                  (resumed ? ", and goes on where it stood.\n" : ".\n"));
}

}  // namespace

void add_connect(CLI::App& vault, Session& session) {
  auto* connecting =
      vault.add_subcommand("connect", "Connect a destination by OAuth: agree at the vendor's page");
  connecting->footer(
      "For destinations with [destinations.oauth] and grant = \"authorization_code\". The "
      "vendor's\n"
      "page is opened in the browser of this machine, and sends it back to a port of 127.0.0.1;\n"
      "the vendor must know http://127.0.0.1/callback as an address to return to. The tokens go\n"
      "into the vault; they are renewed without you. A destination that waited for this goes "
      "on.\n\n"
      "Example:\n"
      "  tenon vault connect crm");
  auto given = std::make_shared<ConnectArguments>();
  connecting->add_option("DESTINATION", given->destination, "Its name")->required();
  connecting->add_flag("--no-browser", given->no_browser, "Only show the address");
  connecting->callback(
      [&session, given] { session.run = [&session, given] { return connect(session, *given); }; });
}

}  // namespace tenon::cli
