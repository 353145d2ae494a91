// tenon replay: send events once more, on purpose, and see to it.
#include <iostream>

#include "cli/rate.hpp"
#include "cli/session.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

struct ReplayArguments {
  PageOptions page;
  std::string id, from, to, where, source, destination, lane = "replay", rate;
  bool dry_run = false, yes = false, accept_duplicates = false;
};

std::optional<Json> request_of(Session& session, const ReplayArguments& given) {
  Json body = {{"destination", given.destination}, {"from", given.from}, {"to", given.to}};
  if (!given.where.empty()) body["where"] = given.where;
  if (!given.source.empty()) body["source"] = given.source;
  if (given.accept_duplicates) body["accept_duplicates"] = true;
  const auto rate = parse_rate(given.rate);
  if (!rate) {
    session.exit_code = session.usage("--rate: " + rate.error().message);
    return std::nullopt;
  }
  if (*rate != 0) body["rate"] = *rate;
  return body;
}

// The whole plan; a long log is read in parts.
std::optional<Json> plan_of(Session& session, Json body) {
  body["dry_run"] = true;
  std::optional<Json> whole;
  for (;;) {
    const auto part = session.post("/api/v1/replays", body.dump());
    if (session.err_is_terminal) session.err() << "\r\x1b[2K" << std::flush;
    if (!part) return std::nullopt;
    if (!whole) {
      whole = *part;
    } else {
      for (const char* key : {"looked", "matched", "letters", "duplicates_at_most", "left_alone",
                              "calls", "eta_ms"}) {
        (*whole)[key] = number_of(*whole, key) + number_of(*part, key);
      }
      const Json actions = part->value("actions", Json::object());
      for (const auto& [action, count] : actions.items()) {
        auto& sum = (*whole)["actions"][action];
        sum =
            (sum.is_number_unsigned() ? sum.get<std::uint64_t>() : 0) + count.get<std::uint64_t>();
      }
    }
    const auto next = text_of(*part, "next");
    (*whole)["next"] = nullptr;
    if (next.empty()) return whole;
    body["after"] = next;
    if (session.err_is_terminal) {
      session.err() << "counting: " << number_of(*whole, "matched") << " so far" << std::flush;
    }
  }
}

int replay(Session& session, const ReplayArguments& given) {
  if (given.destination.empty() || given.from.empty() || given.to.empty()) {
    return session.usage(
        "wanted --destination, --from and --to, or one of list, show, cancel, rest");
  }
  const auto body = request_of(session, given);
  if (!body) return session.exit_code;
  if (!given.yes || given.dry_run) {
    const auto plan = plan_of(session, *body);
    if (!plan) return session.exit_code;
    const auto text = render_replay_plan(*plan, *body, session.view());
    if (given.dry_run) return session.print(*plan, text + "nothing was sent (dry run)\n");
    if (number_of(*plan, "matched") == 0) return session.print(*plan, text + "nothing to replay\n");
    if (session.json || !session.out_is_terminal || !session.err_is_terminal) {
      return session.usage("say --yes to start it, or --dry-run to only count");
    }
    session.out() << text << "go on? [y/N] " << std::flush;
    std::string answer;
    if (!std::getline(std::cin, answer) || (answer != "y" && answer != "yes")) {
      session.out() << "nothing was sent\n";
      return kOk;
    }
  }
  const auto started = session.post("/api/v1/replays", body->dump());
  if (!started) return session.exit_code;
  return session.print(*started, render_rerun_started(*started));
}

int list_replays(Session& session, const ReplayArguments&) {
  const auto page = session.get("/api/v1/replays");
  if (!page) return session.exit_code;
  return session.print(*page, render_reruns(*page, session.view()));
}

int show_replay(Session& session, const ReplayArguments& given) {
  const auto rerun = session.get("/api/v1/replays/" + escaped(given.id));
  if (!rerun) return session.exit_code;
  return session.print(*rerun, render_rerun(*rerun, session.view()));
}

int cancel(Session& session, const ReplayArguments& given) {
  const auto rerun = session.post("/api/v1/replays/" + escaped(given.id) + "/cancel", "{}");
  if (!rerun) return session.exit_code;
  return session.print(*rerun, render_rerun(*rerun, session.view()));
}

int rest(Session& session, const ReplayArguments& given) {
  const auto page = session.get(
      with_parameters("/api/v1/replays/" + escaped(given.id) + "/rest",
                      {{"limit", std::to_string(given.page.limit)}, {"after", given.page.after}}));
  if (!page) return session.exit_code;
  return session.print(*page, render_rerun_rest(*page, session.view()));
}

}  // namespace

void add_replay(CLI::App& app, Session& session) {
  auto* group = app.add_subcommand(
      "replay", "Send events of the log to a destination once more; see to replays and redrives");
  group->require_subcommand(0, 1);
  group->footer(
      "Examples:\n"
      "  tenon replay --from 2026-01-02T00:00:00Z --to 2026-01-03T00:00:00Z --destination crm "
      "--dry-run\n"
      "  tenon replay --from ... --to ... --destination crm --where 'event = \"Order Completed\"' "
      "--rate 50/s --yes\n"
      "  tenon replay list\n"
      "  tenon replay cancel rpl_...");
  auto given = std::make_shared<ReplayArguments>();
  group->add_option("--from", given->from,
                    "Events received at or after, like 2026-01-02T03:04:05Z");
  group->add_option("--to", given->to, "... and before");
  group->add_option("--destination", given->destination, "The one destination that gets them");
  group->add_option("--source", given->source, "Only of this source");
  group->add_option("--where", given->where,
                    "Only those that pass a test, in the language of a route's `when`");
  group->add_option("--lane", given->lane, "The lane of the vendor's limits that it uses")
      ->check(CLI::IsMember({"replay"}));
  group->add_option("--rate", given->rate, "At most so many deliveries a second, like 50/s");
  group->add_flag("--dry-run", given->dry_run, "Only count, and tell cost and duplicates");
  group->add_flag("--yes", given->yes, "Start without counting and asking first");
  group->add_flag("--accept-duplicates", given->accept_duplicates,
                  "Also where the connector does not declare a repeat harmless");
  group->callback([&session, given, group] {
    if (!group->get_subcommands().empty()) return;
    session.run = [&session, given] { return replay(session, *given); };
  });
  const auto on = [&session, given](CLI::App* command, auto action) {
    command->callback([&session, given, action] {
      session.run = [&session, given, action] { return action(session, *given); };
    });
  };
  on(group->add_subcommand("list", "List replays and redrives, newest first"), &list_replays);
  auto* showing = group->add_subcommand("show", "Show one: how far it is, what became of it");
  showing->add_option("ID", given->id, "Like rpl_ and 13 characters")->required();
  on(showing, &show_replay);
  auto* cancelling =
      group->add_subcommand("cancel", "End one: what is under way ends, the rest is not sent");
  cancelling->add_option("ID", given->id, "Like rpl_ and 13 characters")->required();
  on(cancelling, &cancel);
  auto* resting = group->add_subcommand("rest", "List what a replay that ended had not come to");
  resting->add_option("ID", given->id, "Like rpl_ and 13 characters")->required();
  given->page.add_to(*resting);
  on(resting, &rest);
}

}  // namespace tenon::cli
