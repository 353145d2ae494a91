// tenon destinations, connectors, workers, doctor: how the parts are, and holding a destination.
#include "cli/session.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

struct DestinationArguments {
  std::string name, reason;
  bool yes = false, dry_run = false;
};

int list(Session& session, const char* path, std::string (*render)(const Json&, const View&)) {
  const auto page = session.get(path);
  if (!page) return session.exit_code;
  return session.print(*page, render(*page, session.view()));
}

int skip_dry_run(Session& session, const DestinationArguments& given) {
  const auto answer = session.post("/api/v1/destinations/" + escaped(given.name) + "/skip",
                                   Json{{"dry_run", true}}.dump());
  if (!answer) return session.exit_code;
  return session.print(*answer, render_skip_dry_run(*answer, session.view()));
}

int act(Session& session, const DestinationArguments& given, const std::string& verb) {
  if (verb == "skip" && given.dry_run) return skip_dry_run(session, given);
  if (verb == "skip" && !given.yes) {
    return session.usage("skip gives up every open delivery of " + given.name +
                         " for good; see what that is by --dry-run, or say --yes to mean it");
  }
  if (verb != "resume" && given.reason.empty()) {
    return session.usage(verb + " needs --reason: it is kept in the log");
  }
  Json body = Json::object();
  if (verb != "resume") body["reason"] = given.reason;
  const auto answer =
      session.post("/api/v1/destinations/" + escaped(given.name) + "/" + verb, body.dump());
  if (!answer) return session.exit_code;
  std::string text = given.name + " is " + text_of(*answer, "state");
  if (verb == "skip") {
    text = count_text(number_of(*answer, "given_up"), "delivery", "deliveries") + " of " +
           given.name + " given up";
  }
  return session.print(*answer, text + "\n");
}

int clear(Session& session, const DestinationArguments& given) {
  const Json body = {{"reason", given.reason}};
  const auto answer =
      session.post("/api/v1/connectors/" + escaped(given.name) + "/clear", body.dump());
  if (!answer) return session.exit_code;
  return session.print(*answer, given.name + " is " + text_of(*answer, "state") + "\n");
}

// A vendor that does not answer is given up after half a minute; many are asked together.
constexpr std::chrono::minutes kVendorsAnswerIn{10};

int doctor(Session& session, bool vendors) {
  if (vendors) session.timeout = kVendorsAnswerIn;
  const auto page = session.get(vendors ? "/api/v1/doctor?vendors=true" : "/api/v1/doctor");
  if (!page) return session.exit_code;
  session.print(*page, render_doctor(*page, session.view()));
  for (const auto& finding : page->value("data", Json::array())) {
    if (text_of(finding, "level") == "error") return kFailed;
  }
  return kOk;
}

}  // namespace

void add_destinations(CLI::App& app, Session& session) {
  auto* group = app.add_subcommand(
      "destinations", "State of the destinations; pause, resume, skip, check, read back");
  group->require_subcommand(1);
  group->footer(
      "Examples:\n"
      "  tenon destinations list\n"
      "  tenon destinations pause crm --reason \"vendor maintenance\"\n"
      "  tenon destinations resume crm\n"
      "  tenon destinations skip crm --dry-run\n"
      "  tenon destinations skip crm --reason \"test data\" --yes\n"
      "  tenon destinations skipped crm\n"
      "  tenon destinations check crm");
  auto* listing = group->add_subcommand("list", "List them with their queues");
  listing->callback([&session] {
    session.run = [&session] {
      return list(session, "/api/v1/destinations", &render_destinations);
    };
  });
  auto given = std::make_shared<DestinationArguments>();
  const auto add = [&](const char* verb, const char* about) {
    auto* command = group->add_subcommand(verb, about);
    command->add_option("NAME", given->name, "Name of the destination")->required();
    if (std::string_view(verb) != "resume") {
      auto* reason = command->add_option("--reason", given->reason, "Why; it is kept in the log");
      if (std::string_view(verb) == "pause") reason->required();
    }
    if (std::string_view(verb) == "skip") {
      command->add_flag("--yes", given->yes, "Yes, give them up for good");
      command->add_flag("--dry-run", given->dry_run,
                        "Change nothing; say how many it would be, by the hour they came in");
    }
    command->callback([&session, given, name = std::string(verb)] {
      session.run = [&session, given, name] { return act(session, *given, name); };
    });
  };
  add("pause", "Deliver nothing to it until it is resumed; nothing is lost");
  add("resume", "Deliver again");
  add("skip", "Give up every open delivery of it, for good");
  auto* skipped = group->add_subcommand("skipped", "List what was skipped: when, by whom, why");
  skipped->add_option("NAME", given->name, "Name of the destination")->required();
  skipped->callback([&session, given] {
    session.run = [&session, given] {
      const std::string path = "/api/v1/destinations/" + escaped(given->name) + "/skips";
      return list(session, path.c_str(), &render_skips);
    };
  });
  add_vendor(*group, session);
}

void add_inventory(CLI::App& app, Session& session) {
  const auto add = [&](const char* name, const char* about, const char* path,
                       std::string (*render)(const Json&, const View&)) {
    auto* group = app.add_subcommand(name, about);
    group->require_subcommand(1);
    auto* listing = group->add_subcommand("list", about);
    listing->callback([&session, path, render] {
      session.run = [&session, path, render] { return list(session, path, render); };
    });
    return group;
  };
  auto* connectors =
      add("connectors", "The installed connectors", "/api/v1/connectors", &render_connectors);
  auto given = std::make_shared<DestinationArguments>();
  auto* clearing = connectors->add_subcommand(
      "clear", "Lift the quarantine of a release, and forget its strikes");
  clearing->add_option("RELEASE", given->name, "As crm@1.2.0")->required();
  clearing->add_option("--reason", given->reason, "Why; it is written to the host's log")
      ->required();
  clearing->callback(
      [&session, given] { session.run = [&session, given] { return clear(session, *given); }; });
  add("workers", "List the sandboxed processes that run connectors", "/api/v1/workers",
      &render_workers);
}

void add_doctor(CLI::App& app, Session& session) {
  auto* command =
      app.add_subcommand("doctor", "Look for what is wrong or risky, and say how to mend it");
  command->footer("Exit status 1 if there is an error among the findings.");
  auto vendors = std::make_shared<bool>(false);
  command->add_flag("--vendors", *vendors,
                    "Also check each destination by a request to its vendor");
  command->callback([&session, vendors] {
    session.run = [&session, vendors] { return doctor(session, *vendors); };
  });
}

}  // namespace tenon::cli
