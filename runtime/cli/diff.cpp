// tenon connector diff: two releases on the same calls, in sandboxed workers of this machine.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cli/diff_calls.hpp"
#include "cli/local_runtime.hpp"
#include "cli/package.hpp"
#include "cli/render_diff.hpp"
#include "manifest/changes.hpp"
#include "manifest/words.hpp"
#include "shadow/render.hpp"

namespace tenon::cli {
namespace {

constexpr std::size_t kMaxChangesBytes = 1u << 20;

struct DiffArguments {
  std::string before, after;
  bool goldens = false;
  std::string golden_folder, captures, from, changes, output;
  std::string format = "text";
  std::uint64_t last = 0;
};

// Nothing was compared, so no verdict is given: neither 0 nor 1.
int unusable(Session& session, const Error& error) {
  if (error.kind == ErrorKind::unavailable && error.context == session.socket_path()) {
    return session.fail_unreachable(error);
  }
  session.fail(error);
  return kUsage;
}

std::string usage_fault(const DiffArguments& given) {
  const int sources = (given.goldens ? 1 : 0) + (given.captures.empty() ? 0 : 1) +
                      (given.last > 0 || !given.from.empty() ? 1 : 0);
  if (sources == 1) return {};
  return "wanted one source of calls: --goldens, --captures FILE, or --last N and --from T of the "
         "host; found " +
         std::string(sources == 0 ? "none" : "several");
}

Result<std::vector<IntendedChange>> changes_of(const DiffArguments& given, const DiffSide& after) {
  if (given.changes.empty()) return parse_changes(after.changes, after.changes_place);
  TENON_TRY_AS(const auto toml, read_file(given.changes, kMaxChangesBytes));
  return parse_changes(toml, given.changes);
}

// Both releases, ready to run.
class DiffRun {
 public:
  DiffRun(const DiffSide& before, const DiffSide& after) : before_(before), after_(after) {}

  // Proves the sandbox and puts both connectors in place.
  Result<void> prepare();
  Result<void> goldens(const std::vector<ScriptedCall>& calls);
  Result<void> captures(const std::string& path);
  Result<void> captures_of(Session& session, const HostCalls& wanted);
  void close() { runtime_.run(pair_->close()); }
  shadow::Tally tally;

 private:
  Result<void> one_capture(const CapturedCall& call);

  const DiffSide &before_, &after_;
  std::vector<PlacedConnector> placed_;
  LocalRuntime runtime_;  // its workers end before their files go
  std::optional<shadow::PairRun> pair_;
};

Result<void> DiffRun::prepare() {
  TENON_TRY(runtime_.prove());
  const std::pair<const DiffSide*, const char*> sides[] = {{&before_, "before/"},
                                                           {&after_, "after/"}};
  std::vector<ReleaseId> names;
  for (const auto& [side, prefix] : sides) {
    TENON_TRY_AS(auto placed, PlacedConnector::make(side->so));
    names.emplace_back(prefix + side->manifest.release());
    runtime_.install(names.back(), placed.so_path(), side->manifest);
    placed_.push_back(std::move(placed));
  }
  const shadow::ReplayDoors doors{runtime_.connectors(), runtime_.clock()};
  pair_.emplace(doors, shadow::PairSide{names[0], before_.manifest},
                shadow::PairSide{names[1], after_.manifest});
  return {};
}

// What the earlier release never was asked for has nothing to be compared with.
bool is_new(const CapturedCall& call, const Manifest& before) {
  return !call.action.empty() && before.action(call.action) == nullptr;
}

Result<void> DiffRun::goldens(const std::vector<ScriptedCall>& calls) {
  for (const auto& one : calls) {
    if (is_new(one.call, before_.manifest)) {
      tally.add_not_run("of an action that the earlier release does not have");
      continue;
    }
    TENON_TRY(runtime_.run(pair_->scripted(one.call, one.owner, tally)));
  }
  return {};
}

Result<void> DiffRun::captures(const std::string& path) {
  return each_capture(path, [this](const CapturedCall& call) { return one_capture(call); });
}

Result<void> DiffRun::captures_of(Session& session, const HostCalls& wanted) {
  std::uint64_t unreadable = 0;
  const auto take = [this](const CapturedCall& call) { return one_capture(call); };
  TENON_TRY(each_capture_of_host(session, wanted, take, unreadable));
  while (unreadable-- > 0) tally.add_not_run("which the host cannot read any more");
  return {};
}

Result<void> DiffRun::one_capture(const CapturedCall& call) {
  const std::string connector = call.release.substr(0, call.release.find('@'));
  if (connector != before_.manifest.id) {
    tally.add_not_run("of another connector");
    return {};
  }
  if (is_new(call, before_.manifest)) {
    tally.add_not_run("of an action that the earlier release does not have");
    return {};
  }
  return runtime_.run(pair_->captured(call, tally));
}

Result<std::vector<ScriptedCall>> goldens_of(const DiffArguments& given, const DiffSide& before,
                                             const DiffSide& after) {
  if (given.golden_folder.empty()) return scripted_calls(before.goldens, after.goldens);
  TENON_TRY_AS(const auto folder, goldens_in(given.golden_folder));
  return scripted_calls(folder, {});
}

// "24h" or a time, as a time.
Result<std::string> diff_since(const Session& session, const std::string& from) {
  if (from.empty() || parse_rfc3339(from)) return from;
  const auto ago = manifest::parse_duration(from);
  if (ago && *ago > 0) return to_rfc3339(session.view().now - milliseconds{*ago});
  return invalid("wanted a time such as 24h or 2026-01-02T03:04:05Z, found " + clean(from, 40),
                 "--from");
}

std::string source_text(const DiffArguments& given) {
  if (given.goldens) return "goldens";
  if (given.captures == "-") return "captured calls of stdin";
  return given.captures.empty() ? "captured calls of the host"
                                : "captured calls of " + given.captures;
}

Result<void> run_calls(Session& session, DiffRun& run, const DiffArguments& given,
                       const std::vector<ScriptedCall>& goldens, const std::string& connector) {
  if (given.goldens) return run.goldens(goldens);
  if (!given.captures.empty()) return run.captures(given.captures);
  TENON_TRY_AS(const auto since, diff_since(session, given.from));
  return run.captures_of(session, HostCalls{connector, since, given.last});
}

// Everything that can be wrong with files is found before a worker starts, but for captured calls,
// which are read as they are run.
Result<shadow::Report> compare_releases(Session& session, const DiffArguments& given,
                                        const DiffSide& before, const DiffSide& after) {
  TENON_TRY_AS(const auto changes, changes_of(given, after));
  std::vector<ScriptedCall> goldens;
  if (given.goldens) {
    TENON_TRY_AS(goldens, goldens_of(given, before, after));
  }
  DiffRun run(before, after);
  TENON_TRY(run.prepare());
  const auto done = run_calls(session, run, given, goldens, before.manifest.id);
  run.close();
  if (!done) return done.error();
  auto report = run.tally.report(changes);
  report.before = before.manifest.release();
  report.after = after.manifest.release();
  report.before_digest = before.digest;
  report.after_digest = after.digest;
  report.source = source_text(given);
  if (report.calls > 0) return report;
  std::string why;
  for (const auto& [reason, calls] : report.not_run) {
    why += (why.empty() ? ": " : "; ") + std::to_string(calls) + " " + reason;
  }
  return invalid("wanted calls that both releases can be run on, found none" + why, report.source);
}

// Captured calls are personal data, so a file that shows them is for its owner alone.
enum class Readers : std::uint8_t { owner, anybody };

Result<void> write_report(const std::string& path, std::string_view text, Readers readers) {
  const ::mode_t mode = readers == Readers::owner ? 0600 : 0644;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) return unavailable("the report cannot be written there", path);
  struct stat info {};
  bool whole = ::fstat(fd, &info) == 0;
  // One that was there before may have had other readers; a pipe or a terminal keeps its mode.
  if (whole && readers == Readers::owner && S_ISREG(info.st_mode)) whole = ::fchmod(fd, mode) == 0;
  while (whole && !text.empty()) {
    const auto count = ::write(fd, text.data(), text.size());
    whole = count > 0;
    if (whole) text.remove_prefix(static_cast<std::size_t>(count));
  }
  ::close(fd);
  if (!whole) return unavailable("the report cannot be written to its end", path);
  return {};
}

std::string formatted(Session& session, const std::string& format, const shadow::Report& report,
                      bool to_file) {
  if (format == "html") return shadow::to_html(report);
  if (format == "junit") return shadow::to_junit(report);
  if (format == "json") {
    const int indent = to_file || session.out_is_terminal ? 2 : -1;
    return shadow::to_json(report).dump(indent, ' ', false,
                                        nlohmann::json::error_handler_t::replace) +
           "\n";
  }
  return render_diff(report, to_file ? Style{} : session.style);
}

int run_diff(Session& session, const DiffArguments& given) {
  const std::string fault = usage_fault(given);
  if (!fault.empty()) return session.usage(fault);
  const auto before = find_side(session, given.before);
  if (!before) return unusable(session, before.error());
  const auto after = find_side(session, given.after);
  if (!after) return unusable(session, after.error());
  if (before->manifest.id != after->manifest.id) {
    return session.usage("wanted two releases of one connector, found " +
                         before->manifest.release() + " and " + after->manifest.release());
  }
  const auto report = compare_releases(session, given, *before, *after);
  if (!report) return unusable(session, report.error());
  const std::string format = session.json ? "json" : given.format;
  const std::string text = formatted(session, format, *report, !given.output.empty());
  if (given.output.empty()) {
    session.out() << text;
  } else {
    const auto written =
        write_report(given.output, text, given.goldens ? Readers::anybody : Readers::owner);
    if (!written) return unusable(session, written.error());
    const std::string verdict = shadow::verdict_text(*report);
    session.out() << (report->passed() ? session.style.good(verdict) : session.style.bad(verdict))
                  << "\nThe report is in " << clean(given.output) << "\n";
  }
  return report->passed() ? kOk : kFailed;
}

}  // namespace

void add_diff(CLI::App& connector, Session& session) {
  auto given = std::make_shared<DiffArguments>();
  auto* command = connector.add_subcommand(
      "diff", "Run two releases on the same calls, and tell what one does otherwise");
  command->add_option("BEFORE", given->before, "A .tenonpkg, a .so, or acme@1.0.0 of the host")
      ->required();
  command->add_option("AFTER", given->after, "Likewise")->required();
  command
      ->add_option("--goldens", given->golden_folder,
                   "The goldens of both packages, or those of a folder")
      ->type_name("[FOLDER]")
      ->expected(0, 1);
  command->add_option("--captures", given->captures,
                      "A file of captured calls, one JSON line each; - is stdin");
  command->add_option("--last", given->last, "The host's last N captured calls")
      ->check(CLI::PositiveNumber);
  command->add_option("--from", given->from,
                      "The host's captured calls since then: 24h, or a time");
  command->add_option("--changes", given->changes,
                      "The changes.toml that lists what is meant; default: that of AFTER");
  command->add_option("--format", given->format, "text, json, junit or html")
      ->check(CLI::IsMember({"text", "json", "junit", "html"}))
      ->capture_default_str();
  command->add_option("--output", given->output, "Write the report to this file");
  command->footer(
      "Offline: both run in sandboxed workers on this machine, get the recorded clock, keys and\n"
      "replies, and nothing is sent. The same calls give the same report. Where a release asks "
      "for\n"
      "what was not recorded, the call has diverged: counted apart, never guessed.\n"
      "Exit status: 0 every difference is listed in changes.toml, 1 not, 2 nothing could be "
      "compared.\n\n"
      "Examples:\n"
      "  tenon connector diff acme-1.0.0.tenonpkg acme-1.1.0.tenonpkg --goldens\n"
      "  tenon connector diff acme@1.0.0 build/connectors/acme.so --goldens acme/golden\n"
      "  tenon connector diff acme@1.0.0 acme-1.1.0.tenonpkg --last 10000\n"
      "  tenon connector diff acme@1.0.0 acme-1.1.0.tenonpkg --captures calls.jsonl --format html "
      "--output diff.html");
  command->callback([&session, given, command] {
    given->goldens = command->count("--goldens") > 0;
    session.run = [&session, given] { return run_diff(session, *given); };
  });
}

}  // namespace tenon::cli
