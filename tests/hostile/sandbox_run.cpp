// A run in the sandbox: install the file, open it, one step; then judge how that ended.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "backends/sandbox/sandbox_runtime.hpp"
#include "backends/sandbox/worker_process.hpp"
#include "backends/system/system_clock.hpp"
#include "backends/system/system_random.hpp"
#include "egress/check.hpp"
#include "hostile/runs.hpp"
#include "manifest/manifest.hpp"
#include "ports/telemetry.hpp"
#include "wire/text.hpp"

namespace hostile {
namespace {

using tenon::Result;
using tenon::StepResult;

constexpr std::string_view kManifest =
    "[connector]\nid = \"case\"\nversion = \"1.0.0\"\ntitle = \"Case\"\nsummary = \"A test.\"\n"
    "abi = \"1.0\"\nops = [\"deliver\"]\n"
    "[[endpoint]]\nname = \"api\"\nhost = \"api.vendor.example\"\n"
    "[[action]]\nname = \"send\"\ntitle = \"Send\"\nopen_fields = true\n"
    "[action.batch]\nmax_records = 10\n";

// One line of UTF-8 that steers no terminal.
bool is_clean(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    const bool c1 =
        byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) return false;
  }
  return tenon::wire::is_utf8(text);
}

// Counts what the worker wrote, and whether any of it got through raw.
class Listener final : public tenon::Telemetry {
 public:
  void count(std::string_view, Labels, double) override {}
  void gauge(std::string_view, double, Labels) override {}
  void observe(std::string_view, double, Labels) override {}
  void log(tenon::LogLevel, std::string_view event, Labels fields) override {
    if (event == "worker.output") ++lines;
    for (const auto& [key, value] : fields) clean = clean && is_clean(value);
  }
  std::size_t lines = 0;
  bool clean = true;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Ended judge_error(const tenon::Error& error) {
  const std::string text = error.text();
  if (has(text, "SIGSYS")) return {"K", text};
  if (has(text, "illegal frame")) return {"V", text};
  if (has(text, "asked for too much") && error.kind == tenon::ErrorKind::corrupt) {
    return {"G", text};
  }
  if (has(text, "deadline") || has(text, "CPU time")) return {"W", text};
  if (has(text, "exited with status")) return {"X", text};
  if (has(text, "was killed by SIG")) return {"C", text};
  if (error.kind == tenon::ErrorKind::unsupported || error.kind == tenon::ErrorKind::corrupt) {
    return {"A", text};
  }
  return {"unclear", text};
}

Ended judge_result(const StepResult& result, const tenon::Manifest& manifest) {
  if (result.status < 0) return {"S", std::to_string(result.status) + " " + result.explain};
  for (const auto& request : result.requests) {
    const auto checked = tenon::check_request(request, manifest, 1);
    if (!checked) return {"R", checked.error().text()};
  }
  if (!result.requests.empty()) return {"done", "a request would leave"};
  if (result.outcomes.empty()) return {"none", "the step said nothing"};
  if (result.outcomes[0].verdict != tenon::Verdict::accepted) return {"none", "nothing accepted"};
  return {result.outcomes[0].detail, result.outcomes[0].detail};
}

}  // namespace

struct Sandboxed::State {
  explicit State(Options given) : options(std::move(given)) {
    manifest = *tenon::parse_manifest(kManifest, "case.toml");
  }

  tenon::sandbox::Options runtime_options(const Case& one, bool load) const {
    tenon::sandbox::Options out;
    out.worker_path = options.worker;
    out.spawner_path = options.spawner;
    out.machine = machine;
    out.mask.namespaces = options.level != Level::no_namespaces && !options.no_namespaces;
    out.mask.gate = !options.no_gate;
    if (options.level == Level::old_landlock) out.mask.landlock_at_most = 2;
    // Short only where the deadline is what must stop it: machines are slow.
    const bool late = allows(load ? one.load : one.event, options.level, "W");
    out.load_deadline = tenon::milliseconds(late && load ? 1'000 : 60'000);
    out.step_wall = tenon::milliseconds(late && !load ? 300 : 60'000);
    out.step_cpu = tenon::milliseconds(60'000);
    return out;
  }

  template <typename T>
  T turn(tenon::Task<T> task) {
    std::optional<T> out;
    boost::asio::co_spawn(io, std::move(task),
                          [&](std::exception_ptr, T value) { out.emplace(std::move(value)); });
    io.restart();
    while (!out) io.run_one();
    return std::move(*out);
  }
  void turn(tenon::Task<void> task) {
    bool done = false;
    boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr) { done = true; });
    io.restart();
    while (!done) io.run_one();
  }

  Ended step(tenon::SandboxRuntime& runtime, const tenon::ReleaseId& release) {
    auto instance = turn(runtime.open(release, "{}"));
    if (!instance) return judge_error(instance.error());
    tenon::Call call;
    call.action = "send";
    tenon::CallRecord record;
    record.id = "evt_0";
    record.type = "track";
    record.body = "{}";
    call.records.push_back(std::move(record));
    auto result =
        turn(runtime.step(*instance, std::move(call), clock.instant() + tenon::seconds(90)));
    return result ? judge_result(*result, manifest) : judge_error(result.error());
  }

  Options options;
  tenon::sandbox::Capabilities machine = tenon::sandbox::probe_capabilities();
  tenon::Manifest manifest;
  boost::asio::io_context io{1};
  tenon::SystemClock clock;
  tenon::SystemRandom random;
};

Sandboxed::Sandboxed(Options options) : state_(std::make_unique<State>(std::move(options))) {}
Sandboxed::~Sandboxed() = default;

std::string Sandboxed::unable() const {
  State& s = *state_;
  Listener telemetry;
  tenon::SandboxRuntime runtime(s.io.get_executor(), s.clock, s.random, telemetry,
                                s.runtime_options(Case{}, false));
  const auto& machine = runtime.capabilities();
  std::string why;
  for (const auto& missing : machine.missing()) why += missing + "; ";
  if (s.options.level != Level::no_namespaces && !s.options.no_namespaces && !machine.namespaces) {
    why += "no namespaces: " + machine.namespaces_reason;
  }
  if (s.options.level == Level::root && !(machine.root && machine.uid_drop)) {
    why += "no uids of their own for workers: " + machine.uid_drop_reason;
  }
  s.turn(runtime.stop());
  return why;
}

Ended Sandboxed::run(const Case& one, const std::string& file, bool at_load) {
  State& s = *state_;
  Listener telemetry;
  tenon::SandboxRuntime runtime(s.io.get_executor(), s.clock, s.random, telemetry,
                                s.runtime_options(one, at_load));
  const tenon::ReleaseId release("case@1.0.0");
  tenon::sandbox::Installed installed;
  installed.so_path = file;
  installed.profile = std::string(one.profile);
  runtime.install(release, std::move(installed));
  Ended ended = s.step(runtime, release);
  s.turn(runtime.stop());
  if (ended.cause == "done" && one.name.starts_with("benign_")) ended.cause = "fine";
  if (ended.cause == "unknown" && one.name == "output_flood") ended.cause = "clean";
  if (one.name == "outcome_bytes" && is_clean(ended.text) && ended.cause != "S") {
    ended.cause = "clean";
  }
  if (!telemetry.clean || telemetry.lines > tenon::sandbox::kMaxOutputLines) ended.cause = "dirty";
  return ended;
}

}  // namespace hostile
