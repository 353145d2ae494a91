// tenon dev: host, connectors and the models of their vendors on this machine, and a live view.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <thread>

#include "cli/dev_host.hpp"
#include "cli/dev_sample.hpp"
#include "cli/rate.hpp"
#include "cli/sender.hpp"
#include "cli/session.hpp"

namespace tenon::cli {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kTurn{100}, kRefresh{1'000};
constexpr std::uint64_t kMostAtOnce = 100;  // sample events in one request
constexpr std::uint64_t kMostSamples = 10'000'000;

volatile std::sig_atomic_t g_stop = 0;
void on_stop(int) { g_stop = 1; }
bool stopped() { return g_stop != 0; }

struct DevArguments {
  DevOptions options;
  std::uint64_t events = 0;
  std::string rate;
  bool once = false, temporary = false;
};

std::uint64_t run_number() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(now).count());
}

// Sends sample events at a pace, some at each turn.
class Samples {
 public:
  Samples(const DevPlace& place, std::uint64_t total, std::uint32_t rate)
      : total_(total), rate_(rate), run_(run_number()), began_(Clock::now()) {
    options_.source_url = place.ingest;
    options_.write_key = place.write_key;
    world_ = real_world();
    world_.sleep = [](milliseconds pause) {
      const auto until = Clock::now() + pause;
      while (!stopped() && Clock::now() < until) std::this_thread::sleep_for(kTurn);
    };
  }
  std::uint64_t sent() const { return sent_; }
  std::uint64_t total() const { return total_; }
  bool done() const { return sent_ == total_; }

  Result<void> turn() {
    const std::chrono::duration<double> gone = Clock::now() - began_;
    const auto due = rate_ == 0 ? total_ : static_cast<std::uint64_t>(gone.count() * rate_) + 1;
    const std::uint64_t until = std::min({due, total_, sent_ + kMostAtOnce});
    if (until <= sent_) return {};
    std::string lines;
    for (std::uint64_t i = sent_; i < until; ++i) lines += sample_event(run_, i) + "\n";
    std::istringstream in(lines);
    SendReport report;
    TENON_TRY(send_lines(in, options_, world_, report));
    sent_ = until;
    return {};
  }

 private:
  SendOptions options_;
  SendWorld world_;
  const std::uint64_t total_, rate_, run_;
  std::uint64_t sent_ = 0;
  const Clock::time_point began_;
};

// Draws over what it drew before; without a terminal, a line each time.
class LiveView {
 public:
  explicit LiveView(Session& session) : session_(session) {}
  void draw(const DevFacts& facts) {
    if (!session_.out_is_terminal) {
      session_.out() << render_dev_line(facts) << std::flush;
      return;
    }
    if (lines_ > 0) session_.out() << "\x1b[" << lines_ << "A\x1b[J";
    const std::string text = render_dev_table(facts, session_.style);
    lines_ = std::count(text.begin(), text.end(), '\n');
    session_.out() << text << std::flush;
  }

 private:
  Session& session_;
  std::ptrdiff_t lines_ = 0;
};

// What the host says of the sample events of all its time.
struct Tally {
  std::uint64_t received = 0, open = 0;  // open: undecided events, deliveries without an end
};
std::optional<Tally> tally(Session& session) {
  const auto answer = session.call("GET", "/api/v1/completeness?source=sample");
  if (!answer || answer->status != 200) return std::nullopt;
  const auto page = nlohmann::json::parse(answer->body, nullptr, false);
  if (!page.is_object()) return std::nullopt;
  Tally out;
  for (const auto& row : page.value("data", nlohmann::json::array())) {
    out.received += number_of(row, "received");
    out.open += number_of(row, "undecided") + number_of(row, "pending");
  }
  return out;
}

void greet(Session& session, const DevHost& host, const std::string& folder) {
  auto& out = session.out();
  out << "events to   " << host.place().ingest << "  write key in " << folder << "/" << kDevFile
      << "\n";
  for (const auto& [name, url] : host.place().models)
    out << "model       " << url << "  " << name << "\n";
  for (const auto& name : host.without_lines()) {
    out << "            " << clean(name)
        << " gives no lines for a workspace: no destination uses it\n";
  }
  out << session.style.dim(
             "try         tenon dev send --events 100 --rate 10/s\n"
             "            tenon vendor faults NAME --throttle 20% --slow 2s\n"
             "            tenon --data " +
             folder +
             "/data doctor\n"
             "Ctrl-C ends it all")
      << "\n\n"
      << std::flush;
}

// Until Ctrl-C, or with --once until all is delivered.
int live(Session& session, DevHost& host, const DevArguments& given, std::uint32_t rate) {
  const auto began = Clock::now();
  const std::uint64_t before = tally(session).value_or(Tally()).received;
  Samples samples(host.place(), given.events, rate);
  LiveView view(session);
  auto next = began;
  while (!stopped()) {
    if (const auto what = host.fallen(); !what.empty()) return session.fail(unavailable(what));
    if (const auto sent = samples.turn(); !sent && !stopped()) return session.fail(sent.error());
    if (Clock::now() >= next) {
      next = Clock::now() + kRefresh;
      DevFacts facts;
      facts.running = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - began);
      facts.sent = samples.sent();
      facts.to_send = samples.total();
      facts.rows = host.rows().value_or(DevRows());
      facts.faults = host.faults();
      view.draw(facts);
      const auto now = given.once && samples.done() ? tally(session) : std::nullopt;
      if (now && now->received >= before + samples.sent() && now->open == 0) return kOk;
    }
    std::this_thread::sleep_for(kTurn);
  }
  return kOk;
}

int dev(Session& session, DevArguments given) {
  const auto rate = parse_rate(given.rate);
  if (!rate) return session.usage("--rate: " + rate.error().message);
  if (given.once && given.events == 0) return session.usage("--once goes with --events");
  if (given.temporary) {
    std::string name = (std::filesystem::temp_directory_path() / "tenon-dev-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      return session.fail(unavailable("cannot make a temporary folder", name));
    }
    ::chmod(name.c_str(), 0755);  // workers are other users
    given.options.folder = name;
  }
  struct sigaction action {};
  action.sa_handler = on_stop;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGHUP, &action, nullptr);
  int status = kOk;
  {
    auto host = DevHost::start(given.options, stopped);
    if (!host) {
      status = host.error().kind == ErrorKind::cancelled ? kOk : session.fail(host.error());
    } else {
      session.socket = host->admin_socket();
      greet(session, *host, given.options.folder);
      status = live(session, *host, given, *rate);
      session.out() << "\nending\n" << std::flush;
      if (!host->stop() && status == kOk) {
        status = session.fail(
            unavailable("a program did not end well; see its log", given.options.folder));
      }
    }
  }
  std::error_code error;
  if (given.temporary) std::filesystem::remove_all(given.options.folder, error);
  return status;
}

int send_samples(Session& session, const DevArguments& given) {
  const auto rate = parse_rate(given.rate);
  if (!rate) return session.usage("--rate: " + rate.error().message);
  const auto place = read_dev_place(given.options.folder);
  if (!place) return session.fail(place.error());
  Samples samples(*place, given.events, *rate);
  while (!samples.done()) {
    if (const auto sent = samples.turn(); !sent) return session.fail(sent.error());
    if (!samples.done() && *rate > 0) std::this_thread::sleep_for(kTurn);
  }
  return session.print({{"sent", samples.sent()}},
                       count_text(samples.sent(), "sample event", "sample events") + " sent\n");
}

void add_samples(CLI::App& command, DevArguments& given, bool required) {
  auto* events = command.add_option("--events", given.events,
                                    "Send so many events of customers who do not exist");
  events->check(CLI::Range(std::uint64_t{1}, kMostSamples))->required(required);
  command.add_option("--rate", given.rate, "So many a second, like 10/s; default: at once");
  command.add_option("--folder", given.options.folder, "Where its files are")
      ->capture_default_str();
}

}  // namespace

void add_dev(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand(
      "dev", "Run a host with models of all installed connectors' vendors on this machine");
  command->footer(
      "No vendor is reached: each destination has a model, the host is told to take no other, and\n"
      "sends to no address but 127.0.0.1. The folder keeps log and state for the next time.\n\n"
      "Examples:\n"
      "  tenon dev\n"
      "  tenon dev --events 500 --rate 20/s\n"
      "  tenon dev --temporary --events 100 --once\n"
      "  tenon dev --connectors build/connectors --model build/models/acme.so\n"
      "and, from another terminal in the same folder:\n"
      "  tenon dev send --events 100\n"
      "  tenon vendor faults acme --throttle 20% --slow 2s");
  command->require_subcommand(0, 1);
  const auto given = std::make_shared<DevArguments>();
  add_samples(*command, *given, false);
  command->add_flag("--once", given->once, "End when they are all delivered");
  command->add_flag("--temporary", given->temporary, "In a folder that is removed at the end");
  command->add_option("--listen", given->options.listen, "Where the host takes events")
      ->capture_default_str();
  command->add_option("--connectors", given->options.connectors,
                      "Folder of connectors in place of the installed ones; may be given again");
  command->add_option("--model", given->options.models,
                      "The .so of one more model, beside the installed ones; may be given again");
  command->add_option("--seed", given->options.seed, "Which random numbers decide about faults");
  auto* send = command->add_subcommand("send", "Send sample events to the tenon dev that runs");
  const auto sending = std::make_shared<DevArguments>();
  add_samples(*send, *sending, true);
  send->callback([&session, sending] {
    session.run = [&session, sending] { return send_samples(session, *sending); };
  });
  command->callback([&session, given, send] {
    if (send->parsed()) return;
    session.run = [&session, given] { return dev(session, *given); };
  });
}

}  // namespace tenon::cli
