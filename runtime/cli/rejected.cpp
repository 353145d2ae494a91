// tenon events rejected: what ingest refused and kept; check a fix, enter it again.
#include "base/limits.hpp"
#include "cli/session.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

struct RejectedArguments {
  PageOptions page;
  std::string source, code, since, id, with;
};

// dry: ask whether it would be accepted; nothing is written.
int reenter(Session& session, const RejectedArguments& given, bool dry) {
  Json body = {{"dry_run", dry}};
  if (!given.with.empty()) {
    auto text = read_file(given.with, kMaxEventBytes * 4);
    if (!text) return session.fail(text.error());
    auto event = Json::parse(*text, nullptr, false);
    if (!event.is_object()) {
      return session.fail(invalid("wanted one JSON object: the mended event", given.with));
    }
    body["event"] = std::move(event);
  }
  const auto answer =
      session.post("/api/v1/events/rejected/" + escaped(given.id) + "/reenter", body.dump());
  if (!answer) return session.exit_code;
  if (dry) {
    return session.print(*answer,
                         "it would be accepted now; nothing was written\nto enter it: "
                         "tenon events rejected reenter " +
                             given.id + " --with " + given.with + "\n");
  }
  return session.print(*answer, "entered as " + text_of(*answer, "id") + "\n");
}

int list_rejected(Session& session, const RejectedArguments& given) {
  const auto page = session.get(
      with_parameters("/api/v1/events/rejected", {{"source", given.source},
                                                  {"code", given.code},
                                                  {"since", given.since},
                                                  {"limit", std::to_string(given.page.limit)},
                                                  {"after", given.page.after}}));
  if (!page) return session.exit_code;
  return session.print(*page, render_rejected(*page, session.view()));
}

int show_rejected(Session& session, const RejectedArguments& given) {
  const auto event = session.get("/api/v1/events/rejected/" + escaped(given.id));
  if (!event) return session.exit_code;
  // The payload alone: made to be written to a file, mended, and given to `fix`.
  return session.print(*event, text_of(*event, "payload") + "\n");
}

}  // namespace

void add_rejected(CLI::App& events, Session& session) {
  auto* group = events.add_subcommand("rejected", "Events that ingest refused and kept");
  group->require_subcommand(1);
  group->footer(
      "To mend one:\n"
      "  tenon events rejected show evt_... > event.json    (then edit event.json)\n"
      "  tenon events rejected fix evt_... --with event.json\n"
      "  tenon events rejected reenter evt_... --with event.json");
  auto given = std::make_shared<RejectedArguments>();
  const auto on = [&session, given](CLI::App* command, auto action) {
    command->callback([&session, given, action] {
      session.run = [&session, given, action] { return action(session, *given); };
    });
  };
  auto* listing = group->add_subcommand("list", "List them, with the reason");
  given->page.add_to(*listing);
  listing->add_option("--source", given->source, "Only of this source");
  listing->add_option("--code", given->code, "Only with this reason code, e.g. too_large");
  listing->add_option("--since", given->since,
                      "Only received at or after, like 2026-01-02T03:04:05Z");
  on(listing, &list_rejected);
  auto* showing = group->add_subcommand("show", "Print the event as it was received");
  showing->add_option("EVENT_ID", given->id, "Id of the rejected event")->required();
  on(showing, &show_rejected);
  auto* fixing = group->add_subcommand("fix", "Check a mended event; writes nothing");
  fixing->add_option("EVENT_ID", given->id, "Id of the rejected event")->required();
  fixing->add_option("--with", given->with, "File with the mended event (JSON); - reads stdin")
      ->required();
  on(fixing, [](Session& s, const RejectedArguments& a) { return reenter(s, a, true); });
  auto* entering = group->add_subcommand("reenter", "Enter it again, mended or as it was");
  entering->add_option("EVENT_ID", given->id, "Id of the rejected event")->required();
  entering->add_option("--with", given->with, "File with the mended event (JSON); - reads stdin");
  on(entering, [](Session& s, const RejectedArguments& a) { return reenter(s, a, false); });
}

}  // namespace tenon::cli
