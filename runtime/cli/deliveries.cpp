// tenon deliveries, tenon dead-letters: what waits, what was given up, and trying that again.
#include "cli/rate.hpp"
#include "cli/session.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

struct DeliveryArguments {
  PageOptions page;
  std::string destination, state, lane;
};

int list_deliveries(Session& session, const DeliveryArguments& given) {
  const auto page = session.get(
      with_parameters("/api/v1/deliveries", {{"destination", given.destination},
                                             {"state", given.state},
                                             {"lane", given.lane},
                                             {"limit", std::to_string(given.page.limit)},
                                             {"after", given.page.after}}));
  if (!page) return session.exit_code;
  return session.print(*page, render_deliveries(*page, session.view()));
}

struct DeadLetterArguments {
  PageOptions page;
  std::string id, destination, reason, code, action, state, since, until;
  std::string rate, event;
  unsigned status = 0;
  bool all = false, dry_run = false, only_event = false;

  void add_filters(CLI::App& command) {
    command.add_option("--destination", destination, "Only of this destination");
    command.add_option("--class", reason, "Only of this class, e.g. vendor_rejected");
    command.add_option("--code", code, "Only with this code of the vendor");
    command.add_option("--status", status, "Only with this HTTP status of the last answer")
        ->check(CLI::Range(100, 599));
    command.add_option("--action", action, "Only of this action");
    command.add_option("--state", state, "Only in this state")
        ->check(CLI::IsMember({"dead", "parked", "ambiguous"}));
    command.add_option("--since", since, "Only given up at or after, like 2026-01-02T03:04:05Z");
    command.add_option("--until", until, "Only given up before");
  }
  // As the API names them, without those that are not given.
  std::vector<std::pair<std::string, std::string>> filters() const {
    std::vector<std::pair<std::string, std::string>> all = {
        {"destination", destination},
        {"class", reason},
        {"code", code},
        {"status", status == 0 ? "" : std::to_string(status)},
        {"action", action},
        {"state", state},
        {"since", since},
        {"until", until}};
    std::erase_if(all, [](const auto& one) { return one.second.empty(); });
    return all;
  }
};

int list_letters(Session& session, const DeadLetterArguments& given) {
  auto parameters = given.filters();
  parameters.emplace_back("limit", std::to_string(given.page.limit));
  parameters.emplace_back("after", given.page.after);
  const auto page = session.get(with_parameters("/api/v1/dead-letters", parameters));
  if (!page) return session.exit_code;
  return session.print(*page, render_dead_letters(*page, session.view()));
}

int show_letter(Session& session, const DeadLetterArguments& given) {
  const auto letter = session.get("/api/v1/dead-letters/" + escaped(given.id));
  if (!letter) return session.exit_code;
  if (given.only_event) {
    // Made to be written to a file, edited, and given to `edit`.
    const auto payload = letter->value("payload", Json::object());
    return session.print(payload, payload.dump(2) + "\n");
  }
  return session.print(*letter, render_dead_letter(*letter, session.view()));
}

int redrive(Session& session, const DeadLetterArguments& given) {
  if (given.id.empty() == !given.all) {
    return session.usage("wanted a delivery id, or --all (with filters, if not truly all)");
  }
  if (!given.all) {
    if (!given.filters().empty() || given.dry_run || !given.rate.empty()) {
      return session.usage("filters, --rate and --dry-run go with --all, not with a delivery id");
    }
    const auto done = session.post("/api/v1/dead-letters/" + escaped(given.id) + "/redrive", "{}");
    if (!done) return session.exit_code;
    return session.print(*done, given.id + " is tried again\n");
  }
  Json filter = Json::object();
  for (const auto& [name, value] : given.filters()) filter[name] = value;
  if (given.status != 0) filter["status"] = given.status;
  Json body = {{"filter", filter}, {"dry_run", given.dry_run}};
  const auto rate = parse_rate(given.rate);
  if (!rate) return session.usage("--rate: " + rate.error().message);
  if (*rate != 0) body["rate"] = *rate;
  const auto answer = session.post("/api/v1/dead-letters/redrive", body.dump());
  if (!answer) return session.exit_code;
  return session.print(*answer, render_redrive(*answer, given.dry_run));
}

constexpr std::size_t kMaxEventFile = 256 * 1024;

int edit(Session& session, const DeadLetterArguments& given) {
  const auto text = read_file(given.event, kMaxEventFile);
  if (!text) return session.fail(text.error());
  auto event = Json::parse(*text, nullptr, false);
  if (!event.is_object()) {
    return session.fail(invalid("wanted one JSON object: the edited event", given.event));
  }
  const Json body = {{"event", std::move(event)}, {"dry_run", given.dry_run}};
  const auto done =
      session.post("/api/v1/dead-letters/" + escaped(given.id) + "/edit", body.dump());
  if (!done) return session.exit_code;
  const auto where = clean(text_of(*done, "destination")) + ", " + clean(text_of(*done, "action"));
  return session.print(*done, given.dry_run
                                  ? "it would go to " + where + "; nothing was written (dry run)\n"
                                  : text_of(*done, "id") + " goes in its place to " + where +
                                        "\n  follow: tenon explain " + text_of(*done, "id") + "\n");
}

}  // namespace

void add_deliveries(CLI::App& app, Session& session) {
  auto* command =
      app.add_subcommand("deliveries", "List deliveries that wait, are retried or are stuck");
  command->footer(
      "Examples:\n"
      "  tenon deliveries\n"
      "  tenon deliveries --destination crm --state retrying");
  auto given = std::make_shared<DeliveryArguments>();
  command->add_option("--destination", given->destination, "Only of this destination");
  command->add_option("--state", given->state, "Only in this state")
      ->check(CLI::IsMember({"pending", "retrying", "parked", "dead", "ambiguous"}));
  command->add_option("--lane", given->lane, "Only of this lane: live, or of replays and redrives")
      ->check(CLI::IsMember({"live", "replay"}));
  given->page.add_to(*command);
  command->callback([&session, given] {
    session.run = [&session, given] { return list_deliveries(session, *given); };
  });
}

void add_dead_letters(CLI::App& app, Session& session) {
  auto* group = app.add_subcommand("dead-letters", "Deliveries that were given up");
  group->require_subcommand(1);
  group->footer(
      "Examples:\n"
      "  tenon dead-letters list --destination crm --class vendor_rejected\n"
      "  tenon dead-letters list --status 422 --since 2026-01-02T00:00:00Z\n"
      "  tenon dead-letters show dlv_...\n"
      "  tenon dead-letters redrive dlv_...\n"
      "  tenon dead-letters redrive --all --code INVALID_EMAIL --rate 20/s\n"
      "To mend the event of one:\n"
      "  tenon dead-letters show dlv_... --event > event.json    (then edit event.json)\n"
      "  tenon dead-letters edit dlv_... --event event.json --dry-run\n"
      "  tenon dead-letters edit dlv_... --event event.json");
  auto given = std::make_shared<DeadLetterArguments>();
  const auto on = [&session, given](CLI::App* command, auto action) {
    command->callback([&session, given, action] {
      session.run = [&session, given, action] { return action(session, *given); };
    });
  };
  auto* listing =
      group->add_subcommand("list", "List them, with class, code and the vendor's words");
  given->add_filters(*listing);
  given->page.add_to(*listing);
  on(listing, &list_letters);
  auto* showing =
      group->add_subcommand("show", "Show one: its last tries, its event, and what to do");
  showing->add_option("DELIVERY_ID", given->id, "Like dlv_ and 26 characters")->required();
  showing->add_flag("--event", given->only_event, "Only its event, as it was received");
  on(showing, &show_letter);
  auto* editing = group->add_subcommand("edit", "Send an edited event in its place");
  editing->add_option("DELIVERY_ID", given->id, "Like dlv_ and 26 characters")->required();
  editing->add_option("--event", given->event, "File with the edited event (JSON); - reads stdin")
      ->required();
  editing->add_flag("--dry-run", given->dry_run, "Check it only; write nothing");
  on(editing, &edit);
  auto* driving = group->add_subcommand("redrive", "Try one or many again");
  driving->add_option("DELIVERY_ID", given->id, "Like dlv_ and 26 characters");
  driving->add_flag("--all", given->all, "All that the filters let through");
  driving->add_flag("--dry-run", given->dry_run, "Only count them");
  driving->add_option("--rate", given->rate, "At most so many a second and destination, like 20/s");
  given->add_filters(*driving);
  on(driving, &redrive);
}

}  // namespace tenon::cli
