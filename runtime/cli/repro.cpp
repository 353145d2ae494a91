// tenon repro: runs a captured call again on this machine, without network or vendor.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>

#include "base/hash.hpp"
#include "cli/bundle.hpp"
#include "cli/private_file.hpp"
#include "cli/redaction.hpp"
#include "cli/session.hpp"
#include "manifest/elf_section.hpp"

namespace tenon::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostSo = 64u << 20;

struct ReproArguments {
  std::string what, so, bundle, debugger;
  bool in_process = false, sanitizer = false, plain = false;
  std::uint64_t timeout_s = 30;
};

bool is_file(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

// The attempt that is meant: itself, or the newest kept one of a delivery. Nothing: it is told.
std::optional<std::string> attempt_of(Session& session, const std::string& what) {
  if (what.starts_with("att_")) return what;
  if (!what.starts_with("dlv_")) {
    session.usage(
        "wanted a delivery (dlv_...), an attempt (att_...) or the file of a bundle, found " +
        clean(what, 60));
    return std::nullopt;
  }
  const auto answer =
      session.get(with_parameters("/api/v1/captures", {{"delivery", what}, {"limit", "1"}}));
  if (!answer) return std::nullopt;
  const auto rows = answer->value("data", nlohmann::json::array());
  if (!rows.empty()) return text_of(rows[0], "attempt");
  const auto status = answer->value("status", nlohmann::json::object());
  std::string why = "no call of delivery " + what + " is kept";
  if (!flag_of(status, "on")) {
    why += "; captures are off: " + (text_of(status, "off_because").empty()
                                         ? "the workspace has no [capture]"
                                         : text_of(status, "off_because"));
  } else {
    why +=
        ": it was before [capture], is older than keep_days, gave way to the budget, or never "
        "came to a call (tenon explain says)";
  }
  session.exit_code = session.fail(not_found(why));
  return std::nullopt;
}

// The bundle, not redacted, and which pointers would be. Nothing: it is told.
std::optional<CallBundle> bundle_for(Session& session, const ReproArguments& given,
                                     std::vector<std::string>& redact) {
  if (is_file(given.what)) {
    const auto text = read_file(given.what, kMaxBundleBytes);
    if (!text) {
      session.exit_code = session.fail(text.error());
      return std::nullopt;
    }
    auto bundle = bundle_of(*text);
    if (bundle) return std::move(*bundle);
    session.exit_code = session.fail(std::move(bundle).error().in(given.what));
    return std::nullopt;
  }
  const auto attempt = attempt_of(session, given.what);
  if (!attempt) {
    if (session.exit_code == kOk) session.exit_code = kUsage;
    return std::nullopt;
  }
  const auto answer = session.get("/api/v1/captures/" + escaped(*attempt));
  if (!answer) return std::nullopt;
  for (const auto& pointer : answer->value("redact", nlohmann::json::array())) {
    if (pointer.is_string()) redact.push_back(pointer.get<std::string>());
  }
  const auto call = answer->value("call", nlohmann::json::object());
  auto bundle = bundle_of(call.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  if (bundle) return std::move(*bundle);
  session.exit_code = session.fail(bundle.error());
  return std::nullopt;
}

// The .so of the release, as the host loads it. Nothing: it is told.
std::optional<std::string> so_for(Session& session, const ReproArguments& given,
                                  const std::string& release) {
  std::string path = given.so;
  if (path.empty()) {
    const auto answer = session.get("/api/v1/connectors/" + escaped(release));
    if (!answer) {
      session.err() << "A build of " << clean(release) << " of your own will do: --so FILE\n";
      return std::nullopt;
    }
    path = text_of(*answer, "path");
  }
  if (is_file(path)) return path;
  session.exit_code = session.fail(not_found(
      "wanted the connector's .so on this machine, found none; name a build: --so FILE", path));
  return std::nullopt;
}

void describe_so(CallBundle& bundle, const std::string& so) {
  const auto bytes = read_file(so, kMostSo);
  if (bytes && bundle.digest.empty()) bundle.digest = digest_hex(*bytes);
  const auto manifest = read_manifest_text(so);
  if (manifest && bundle.manifest.empty()) bundle.manifest = *manifest;
}

int write_bundle(Session& session, const ReproArguments& given, CallBundle bundle,
                 const std::vector<std::string>& redact) {
  if (!given.so.empty()) describe_so(bundle, given.so);
  if (!given.plain) {
    std::random_device random;  // of the kernel; kept nowhere, so that nobody can go back
    std::string salt;
    for (int i = 0; i < 8; ++i) salt += std::to_string(random()) + ".";
    cli::redact(bundle.call, redact, salt);
    for (const auto& pointer : redact) bundle.redacted.push_back(pointer);
  }
  const auto written = write_private_file(given.bundle, to_json_text(bundle));
  if (!written) return session.fail(written.error());
  const nlohmann::json answer = {{"file", given.bundle},
                                 {"attempt", bundle.call.attempt},
                                 {"release", bundle.call.release},
                                 {"redacted", bundle.redacted}};
  std::string text = clean(given.bundle) + " holds the call " + clean(bundle.call.attempt) + ", ";
  text += bundle.redacted.empty()
              ? "as it was: it is for you alone.\n"
              : "personal fields changed to others of the same shape. Look into it before you "
                "hand it on.\n";
  return session.print(answer, text +
                                   "Whoever has the SDK runs it: tenon-check CONNECTOR.so "
                                   "--bundle " +
                                   clean(given.bundle) + "\n");
}

// Runs a program to its end; its exit status, or 128 and the signal.
int run_program(Session& session, std::vector<std::string> arguments, const std::string& preload) {
  session.out() << std::flush;
  const pid_t child = ::fork();
  if (child == 0) {
    if (!preload.empty()) {
      ::setenv("LD_PRELOAD", preload.c_str(), 1);
      ::setenv("ASAN_OPTIONS", "detect_leaks=0", 0);  // of this program, not of the connector
    }
    std::vector<char*> raw;
    for (auto& argument : arguments) raw.push_back(argument.data());
    raw.push_back(nullptr);
    ::execvp(raw[0], raw.data());
    std::fprintf(stderr, "%s: %s\n", raw[0], std::strerror(errno));
    ::_exit(127);
  }
  if (child < 0) return session.fail(unavailable(std::string("fork: ") + std::strerror(errno)));
  ::signal(SIGINT, SIG_IGN);  // it is for the debugger
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ::signal(SIGINT, SIG_DFL);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// The sanitizer that the .so needs, to be loaded first. invalid: it was built without one.
Result<std::string> sanitizer_of(const std::string& so) {
  TENON_TRY_AS(const auto bytes, read_file(so, kMostSo));
  const auto at = bytes.find("libasan.so");
  if (at != std::string::npos) return bytes.substr(at, bytes.find('\0', at) - at);
  return invalid(
      "wanted a build with AddressSanitizer, found one without; in the connector's project:\n"
      "  cmake -B build-asan -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS=\"-fsanitize=address "
      "-fno-omit-frame-pointer\"\n"
      "  cmake --build build-asan\n"
      "and then: tenon repro ... --sanitizer --so build-asan/CONNECTOR.so",
      so);
}

int run_again(Session& session, const ReproArguments& given, const CallBundle& bundle,
              const std::string& so) {
  const auto folder = PrivateFolder::make();
  if (!folder) return session.fail(folder.error());
  const std::string file = folder->path() + "/bundle.json";
  const auto written = write_private_file(file, to_json_text(bundle));
  if (!written) return session.fail(written.error());
  std::error_code error;
  const auto self = fs::read_symlink("/proc/self/exe", error);
  std::vector<std::string> arguments = {
      (self.parent_path() / "tenon-check").string(), so, "--bundle", file, "--timeout-ms",
      std::to_string(given.timeout_s * 1'000)};
  std::string preload;
  if (given.sanitizer) {
    auto needed = sanitizer_of(so);
    if (!needed) return session.fail(needed.error());
    preload = std::move(*needed);
  }
  if (given.in_process || !given.debugger.empty()) arguments.push_back("--in-process");
  if (!given.debugger.empty()) {
    std::vector<std::string> with = {given.debugger};
    if (given.debugger.ends_with("gdb")) with.push_back("--args");
    if (given.debugger.ends_with("lldb")) with.push_back("--");
    arguments.insert(arguments.begin(), with.begin(), with.end());
  }
  return run_program(session, std::move(arguments), preload);
}

int repro(Session& session, const ReproArguments& given) {
  std::vector<std::string> redact;
  auto bundle = bundle_for(session, given, redact);
  if (!bundle) return session.exit_code;
  if (!given.bundle.empty()) {
    if (given.so.empty() && bundle->digest.empty()) {
      // Best effort: a bundle without them can be run as well.
      const auto answer =
          session.call("GET", "/api/v1/connectors/" + escaped(bundle->call.release));
      if (answer && answer->status == 200) {
        const auto parsed = nlohmann::json::parse(answer->body, nullptr, false);
        if (parsed.is_object()) describe_so(*bundle, text_of(parsed, "path"));
      }
    }
    return write_bundle(session, given, std::move(*bundle), redact);
  }
  const auto so = so_for(session, given, bundle->call.release);
  if (!so) return session.exit_code;
  return run_again(session, given, *bundle, *so);
}

}  // namespace

void add_repro(CLI::App& app, Session& session) {
  auto* command =
      app.add_subcommand("repro", "Run a captured call again, here, with the recorded replies");
  command->footer(
      "Nothing is sent: the connector runs in a process of its own (tenon-check) and is given what "
      "the vendor\nanswered then. Ends with \"reproduced: same requests and outcomes\" (status 0), "
      "or shows where it\ndiffers (1).\n\n"
      "Examples:\n"
      "  tenon repro dlv_wpcjggdvet1de8z9js9pgdqap8\n"
      "  tenon repro att_n5tq9yv3ha1r8c2k4w6x7z0mde --debugger gdb --so build/crm.so\n"
      "  tenon repro att_n5tq9yv3ha1r8c2k4w6x7z0mde --bundle for-the-author.json\n"
      "  tenon repro for-the-author.json --so build-asan/crm.so --sanitizer");
  auto given = std::make_shared<ReproArguments>();
  command
      ->add_option("what", given->what,
                   "A delivery (dlv_...; its newest captured attempt), an attempt (att_...), or a "
                   "bundle's file")
      ->required();
  command->add_option("--so", given->so, "Another build of the connector than the host's");
  auto* bundle = command->add_option(
      "--bundle", given->bundle,
      "Write the call into this file for the connector's author, [capture] redact applied");
  command->add_flag("--unredacted", given->plain, "With --bundle: personal fields as they were")
      ->needs(bundle);
  command->add_option("--debugger", given->debugger, "Run it in one process under gdb or lldb")
      ->excludes(bundle);
  command->add_flag("--in-process", given->in_process, "In one process; a crash ends the program")
      ->excludes(bundle);
  command
      ->add_flag("--sanitizer", given->sanitizer,
                 "The .so was built with AddressSanitizer; says how, where it was not")
      ->excludes(bundle);
  command->add_option("--timeout", given->timeout_s, "Seconds; default 30")
      ->check(CLI::Range(1, 3'600));
  command->callback(
      [&session, given] { session.run = [&session, given] { return repro(session, *given); }; });
}

}  // namespace tenon::cli
