// tenon captures: the calls of connectors that the host has kept.
#include "cli/private_file.hpp"
#include "cli/session.hpp"
#include "manifest/words.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMostExported = 100'000;  // as many as a host keeps
constexpr std::uint64_t kExportPage = 200;

struct CaptureArguments {
  std::string destination, connector, release, delivery, from, attempt, output;
  bool failed = false;
  std::uint64_t last = 0;
  PageOptions page;
};

// RFC 3339, or how far back: 24h. Empty: all. Nothing: it is told already.
std::optional<std::string> since_of(Session& session, const std::string& from) {
  if (from.empty()) return "";
  if (parse_rfc3339(from)) return from;
  const auto ms = manifest::parse_duration(from);
  if (ms && *ms > 0) return to_rfc3339(session.view().now - milliseconds{*ms});
  session.usage("--from: wanted a time such as 24h or 2026-01-02T03:04:05Z, found " +
                clean(from, 40));
  return std::nullopt;
}

std::string path_of(const CaptureArguments& given, const std::string& since, std::uint64_t limit,
                    const std::string& after, bool calls) {
  return with_parameters("/api/v1/captures", {{"destination", given.destination},
                                              {"connector", given.connector},
                                              {"release", given.release},
                                              {"delivery", given.delivery},
                                              {"since", since},
                                              {"failed", given.failed ? "true" : ""},
                                              {"calls", calls ? "true" : ""},
                                              {"limit", std::to_string(limit)},
                                              {"after", after}});
}

int list_captures(Session& session, const CaptureArguments& given) {
  const auto since = since_of(session, given.from);
  if (!since) return kUsage;
  const auto answer = session.get(path_of(
      given, *since, static_cast<std::uint64_t>(given.page.limit), given.page.after, false));
  if (!answer) return session.exit_code;
  return session.print(*answer, render_captures(*answer, session.view()));
}

int show_capture(Session& session, const std::string& attempt) {
  const auto answer = session.get("/api/v1/captures/" + escaped(attempt));
  if (!answer) return session.exit_code;
  return session.print(*answer,
                       render_capture(answer->value("call", Json::object()), session.view()));
}

// Newest first as the host gives them; a line each. Texts are as the host sent them.
int export_captures(Session& session, const CaptureArguments& given) {
  const auto since = since_of(session, given.from);
  if (!since) return kUsage;
  if (given.last == 0 && since->empty()) {
    return session.usage("wanted --last N, --from TIME or both, found neither");
  }
  auto file = PrivateFile::create(given.output);
  if (!file) return session.fail(file.error());
  const std::uint64_t most = given.last == 0 ? kMostExported : given.last;
  std::uint64_t count = 0, unreadable = 0;
  std::string after;
  do {
    const auto limit = std::min(kExportPage, most - count - unreadable);
    const auto answer = session.get(path_of(given, *since, limit, after, true));
    if (!answer) return session.exit_code;
    for (const auto& row : answer->value("data", Json::array())) {
      if (!row.contains("call")) {
        ++unreadable;
        continue;
      }
      const auto written = file->write(row["call"].dump() + "\n");
      if (!written) return session.fail(written.error());
      ++count;
    }
    after = text_of(*answer, "next");
  } while (!after.empty() && count + unreadable < most);
  const auto done = file->finish();
  if (!done) return session.fail(done.error());
  const Json answer = {{"calls", count}, {"unreadable", unreadable}, {"file", given.output}};
  std::string text = std::to_string(count) + (count == 1 ? " call" : " calls") + " in " +
                     clean(given.output) + ", for you alone: they hold personal data.\n";
  if (unreadable > 0) {
    text += std::to_string(unreadable) + " could not be read: tenon doctor says more.\n";
  }
  return session.print(answer, text);
}

void add_filters(CLI::App& command, CaptureArguments& given) {
  command.add_option("--destination", given.destination, "Only of this destination");
  command.add_option("--connector", given.connector, "Only of this connector, whatever release");
  command.add_option("--release", given.release, "Only of this release: NAME@VERSION");
  command.add_option("--from", given.from, "Only since then: 24h, or a time");
  command.add_flag("--failed", given.failed, "Only those in which something failed");
}

void add_export(CLI::App& group, Session& session) {
  auto* command = group.add_subcommand("export", "Write calls into a file, a line of JSON each");
  command->footer(
      "The file (mode 0600) holds personal data as it was; tenon repro --bundle makes one that can "
      "be\nhanded on. tenon connector diff --captures FILE compares two releases on it.\n\n"
      "Example:\n"
      "  tenon captures export --last 10000 --connector crm --output calls.jsonl");
  auto given = std::make_shared<CaptureArguments>();
  add_filters(*command, *given);
  command->add_option("--last", given->last, "At most so many, the newest")
      ->check(CLI::Range(std::uint64_t{1}, kMostExported));
  command->add_option("--output", given->output, "The file; what is there is replaced")->required();
  command->callback([&session, given] {
    session.run = [&session, given] { return export_captures(session, *given); };
  });
}

}  // namespace

void add_captures(CLI::App& app, Session& session) {
  auto* group =
      app.add_subcommand("captures", "Calls of connectors as they were: list, show, export");
  group->require_subcommand(1);
  group->footer(
      "Kept where the workspace has [capture]: sealed, within its budget and time, without any "
      "secret.\n\n"
      "Examples:\n"
      "  tenon captures list --failed --from 24h\n"
      "  tenon repro att_n5tq9yv3ha1r8c2k4w6x7z0mde");
  auto* listing = group->add_subcommand("list", "Which calls are kept, newest first");
  listing->footer("Example:\n  tenon captures list --connector crm --failed");
  auto given = std::make_shared<CaptureArguments>();
  add_filters(*listing, *given);
  listing->add_option("--delivery", given->delivery, "Only calls with this delivery: dlv_...");
  given->page.add_to(*listing);
  listing->callback([&session, given] {
    session.run = [&session, given] { return list_captures(session, *given); };
  });
  auto* show = group->add_subcommand("show", "One call: records, requests, replies, outcomes");
  show->footer("Example:\n  tenon captures show att_n5tq9yv3ha1r8c2k4w6x7z0mde --json");
  auto attempt = std::make_shared<std::string>();
  show->add_option("attempt", *attempt, "att_..., from the list or from tenon explain")->required();
  show->callback([&session, attempt] {
    session.run = [&session, attempt] { return show_capture(session, *attempt); };
  });
  add_export(*group, session);
}

}  // namespace tenon::cli
