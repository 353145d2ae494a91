// tenon events send: a file of events through the ingest endpoint.
#include <fstream>
#include <iostream>

#include "cli/sender.hpp"
#include "cli/session.hpp"

namespace tenon::cli {
namespace {

constexpr std::size_t kShownEvents = 20;

nlohmann::json report_json(const SendReport& report) {
  nlohmann::json out = {{"lines", report.lines},
                        {"accepted", report.accepted},
                        {"bad", report.bad},
                        {"rejected", report.rejected},
                        {"batches", report.batches},
                        {"waits", report.waits},
                        {"events", nlohmann::json::array()},
                        {"faults", nlohmann::json::array()}};
  for (const auto& event : report.sent) {
    out["events"].push_back(
        {{"line", event.line}, {"message_id", event.message_id}, {"id", event.id}});
  }
  for (const auto& fault : report.faults) {
    nlohmann::json entry = {{"line", fault.line}, {"code", fault.code}, {"reason", fault.reason}};
    if (!fault.id.empty()) entry["id"] = fault.id;
    out["faults"].push_back(std::move(entry));
  }
  return out;
}

void print_report(Session& session, const SendReport& report) {
  auto& out = session.out();
  const auto& style = session.style;
  for (const auto& fault : report.faults) {
    out << style.bad("line " + std::to_string(fault.line)) << "  " << clean(fault.code) << ": "
        << clean(fault.reason) << (fault.id.empty() ? "" : "  kept as " + fault.id) << "\n";
  }
  const auto told = report.faults.size();
  if (report.bad + report.rejected > told) {
    out << "and " << report.bad + report.rejected - told << " more bad lines\n";
  }
  for (std::size_t i = 0; i < report.sent.size() && i < kShownEvents; ++i) {
    out << report.sent[i].id << "  " << style.dim(clean(report.sent[i].message_id)) << "\n";
  }
  if (report.sent.size() > kShownEvents) {
    out << style.dim("and " + std::to_string(report.sent.size() - kShownEvents) +
                     " more (--json lists all)")
        << "\n";
  }
  out << style.good(count_text(report.accepted, "event", "events") + " accepted") << ", "
      << report.bad << " bad, " << report.rejected << " rejected, of "
      << count_text(report.lines, "line", "lines") << "\n";
  if (report.accepted > 0) out << style.dim("next: tenon explain EVENT_ID") << "\n";
}

struct SendArguments {
  SendOptions options;
  std::string file, key_reference;
};

int send(Session& session, const SendArguments& given) {
  auto options = given.options;
  while (!options.source_url.empty() && options.source_url.back() == '/') {
    options.source_url.pop_back();
  }
  auto key = resolve_reference(given.key_reference);
  if (!key) {
    session.fail(key.error());
    return kUsage;
  }
  options.write_key = std::move(*key);
  std::ifstream file;
  if (given.file != "-") {
    file.open(given.file, std::ios::binary);
    if (!file) return session.fail(invalid("wanted a readable file of events", given.file));
  }
  auto world = real_world();
  if (session.err_is_terminal) {
    world.progress = [&session](const SendReport& report) {
      session.err() << "\r\x1b[2K" << report.accepted << " accepted, "
                    << report.bad + report.rejected << " bad, " << report.waits << " waits"
                    << std::flush;
    };
  }
  SendReport report;
  const auto sent = send_lines(given.file == "-" ? std::cin : file, options, world, report);
  if (session.err_is_terminal) session.err() << "\r\x1b[2K" << std::flush;
  wipe(options.write_key);
  if (session.json) {
    auto out = report_json(report);
    if (!sent) out["error"] = sent.error().text();
    session.print_json(out);
  } else {
    print_report(session, report);
    if (!sent) {
      session.fail(sent.error());
      session.err() << "  Sending the same file again is safe where its lines have a messageId: "
                       "duplicates are dropped.\n";
    }
  }
  if (!sent) return sent.error().kind == ErrorKind::unavailable ? kUnreachable : kFailed;
  return report.bad + report.rejected == 0 ? kOk : kFailed;
}

}  // namespace

void add_send(CLI::App& events, Session& session) {
  auto* command =
      events.add_subcommand("send", "Send a file of events through the ingest endpoint");
  command->footer(
      "Each line is one JSON object with a \"type\" (track, identify, page, screen, group, "
      "alias).\n"
      "A messageId is added where there is none. Bad lines are named and passed over.\n\n"
      "Examples:\n"
      "  tenon events send orders.ndjson --source-url http://127.0.0.1:8080 --write-key "
      "env:WEB_KEY\n"
      "  jq -c . dump.json | tenon events send - --source-url http://127.0.0.1:8080 --write-key "
      "file:web.key");
  auto given = std::make_shared<SendArguments>();
  command->add_option("FILE", given->file, "NDJSON file; - reads standard input")->required();
  command->add_option("--source-url", given->options.source_url, "Address of the ingest listener")
      ->required();
  command
      ->add_option("--write-key", given->key_reference,
                   "Where the source's write key is: env:NAME or file:PATH")
      ->required();
  command->add_option("--batch", given->options.batch, "Events in one request")
      ->check(CLI::Range(1, 2'500))
      ->capture_default_str();
  command
      ->add_option("--rate", given->options.rate, "At most so many events a second; 0 = no limit")
      ->check(CLI::Range(0.0, 1e6));
  command->callback(
      [&session, given] { session.run = [&session, given] { return send(session, *given); }; });
}

}  // namespace tenon::cli
