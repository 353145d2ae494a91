// tenon deliveries, tenon dead-letters: what waits, what was given up, and trying that again.
#include "cli/session.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

struct DeliveryArguments {
  PageOptions page;
  std::string destination, state;
};

int list_deliveries(Session& session, const DeliveryArguments& given) {
  const auto page = session.get(
      with_parameters("/api/v1/deliveries", {{"destination", given.destination},
                                             {"state", given.state},
                                             {"limit", std::to_string(given.page.limit)},
                                             {"after", given.page.after}}));
  if (!page) return session.exit_code;
  return session.print(*page, render_deliveries(*page, session.view()));
}

struct DeadLetterArguments {
  PageOptions page;
  std::string id, destination, reason, code, action, state, since, until;
  unsigned status = 0;
  bool all = false, dry_run = false;

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
  return session.print(*letter, render_dead_letter(*letter, session.view()));
}

int redrive(Session& session, const DeadLetterArguments& given) {
  if (given.id.empty() == !given.all) {
    return session.usage("wanted a delivery id, or --all (with filters, if not truly all)");
  }
  if (!given.all) {
    if (!given.filters().empty() || given.dry_run) {
      return session.usage("filters and --dry-run go with --all, not with a delivery id");
    }
    const auto done = session.post("/api/v1/dead-letters/" + escaped(given.id) + "/redrive", "{}");
    if (!done) return session.exit_code;
    return session.print(*done, given.id + " is tried again\n");
  }
  Json filter = Json::object();
  for (const auto& [name, value] : given.filters()) filter[name] = value;
  if (given.status != 0) filter["status"] = given.status;
  const Json body = {{"filter", filter}, {"dry_run", given.dry_run}};
  const auto answer = session.post("/api/v1/dead-letters/redrive", body.dump());
  if (!answer) return session.exit_code;
  return session.print(*answer, render_redrive(*answer, given.dry_run));
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
      "  tenon dead-letters redrive --all --code INVALID_EMAIL --dry-run");
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
  on(showing, &show_letter);
  auto* driving = group->add_subcommand("redrive", "Try one or many again");
  driving->add_option("DELIVERY_ID", given->id, "Like dlv_ and 26 characters");
  driving->add_flag("--all", given->all, "All that the filters let through");
  driving->add_flag("--dry-run", given->dry_run, "Only count them");
  given->add_filters(*driving);
  on(driving, &redrive);
}

}  // namespace tenon::cli
