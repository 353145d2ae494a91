// Lives of a host that only takes in, what happens to it, and peace at the end.
#include "sim/arrivals.hpp"

#include <algorithm>

#include "backends/memory/sim_run.hpp"
#include "base/assert.hpp"
#include "sim/arrivals_life.hpp"

namespace tenon::sim {
namespace {

constexpr int kActions = 60, kStarts = 20;
constexpr std::chrono::hours kPeaceWithin{3};  // virtual: all must be in by then
constexpr std::size_t kMostProblems = 20;

std::string pull_toml(const std::string& name, const std::string& stream) {
  return "[[pulls]]\nname = \"" + name + "\"\ndestination = \"crm\"\nstream = \"" + stream +
         "\"\nsource = \"changes\"\ninterval = \"5s\"\n";
}

std::string workspace_toml(bool with_all) {
  std::string out =
      "tenant = \"acme\"\nworkspace = \"main\"\nconsent = \"not_enforced\"\n"
      "[[sources]]\nname = \"changes\"\nwrite_key = \"env:WRITE_KEY\"\n"
      "[[destinations]]\nname = \"crm\"\nconnector = \"crm\"\n"
      "[destinations.credentials]\ntoken = \"env:TOKEN\"\n" +
      pull_toml(kContactsPull, "contacts");
  if (with_all) {
    out += pull_toml(deals_pull(), "deals") +
           "[[sources]]\nname = \"hooks\"\n[sources.webhook]\nconnector = \"crm\"\n"
           "[sources.webhook.credentials]\nsecret = \"env:SECRET\"\n";
  }
  return out;
}

}  // namespace

// A name of which the pages lie in the partition of the other pull's.
std::string deals_pull() {
  sync::PullKey contacts{kContactsPull, "crm", "contacts"}, deals{"", "crm", "deals"};
  for (int i = 0;; ++i) {
    deals.pull = "deals" + std::to_string(i);
    if (sync::home_of(deals) == sync::home_of(contacts)) return deals.pull;
  }
}

Arrivals::Arrivals(std::uint64_t seed, ArrivalsMutant mutant)
    : mutant_(mutant), random_(seed * 211 + 3), host_random_(seed * 223 + 7) {
  crash_ = random_.once_in(4) ? 0 : 60 + static_cast<int>(random_.below(200));
  disk_error_ = random_.once_in(3) ? 40 : 0;
  InstalledRelease release;
  release.manifest = arrivals_manifest();
  release.id = ReleaseId(release.manifest.release());
  catalog_ = ReleaseCatalog({release});
  manifests_ = catalog_.manifests();
  vendor_.streams = {{"contacts", {}}, {"deals", {}}};
}

Arrivals::~Arrivals() {
  if (life_) end_life();
}

std::size_t Arrivals::records() const {
  return vendor_.streams.at("contacts").size() + vendor_.streams.at("deals").size();
}

std::size_t Arrivals::acknowledged() const {
  return static_cast<std::size_t>(
      std::count_if(vendor_.hooks.begin(), vendor_.hooks.end(),
                    [](const auto& hook) { return hook->acknowledged; }));
}

void Arrivals::problem(std::string text) {
  if (problems_.size() < kMostProblems) problems_.push_back(std::move(text));
}

bool Arrivals::start() {
  for (int i = 0; i < kStarts; ++i) {
    if (start_once()) return true;
    end_life();
    disk_.crash(random_.next());  // also disarms what was armed
    disk_fault_ = false;
    fatal_.clear();
  }
  problem("the host does not start");
  return false;
}

bool Arrivals::start_once() {
  ++lives_;
  life_ = std::make_unique<Life>();
  Life& l = *life_;
  const auto on_fatal = [this](const Error& why) {
    if (fatal_.empty()) fatal_ = why.text();
  };
  auto options = log_options();
  options.on_fatal = on_fatal;
  auto opened = FileLog::open(l.context.get_executor(), disk_, clock_, host_random_, "log",
                              std::move(options));
  if (!opened) return false;
  l.file_log = std::move(*opened);
  l.log.emplace(*l.file_log, mutant_);
  l.connector.emplace(clock_, vendor_, random_, faults_);
  l.hosting.emplace(*l.connector, clock_, l.telemetry, catalog_);
  l.limiter.emplace(*l.log, clock_);
  l.egress.emplace(l.client, l.vault, *l.limiter, clock_, l.telemetry);
  l.holds.emplace(*l.limiter, clock_, l.telemetry);
  l.pipeline.emplace(*l.log, states_, clock_, l.telemetry);
  const CallDoors call{clock_, *l.hosting, *l.egress, *l.holds};
  sync::SyncDoors pulls{*l.log,      clock_, host_random_,
                        l.telemetry, call,   [](const std::string&) { return std::string(); }};
  l.sync.emplace(std::move(pulls), states_, l.scope, on_fatal);
  l.parser.emplace(*l.log, states_, clock_, l.telemetry, *l.hosting, l.scope);
  l.door.emplace(*l.parser, l.vault, clock_, l.telemetry);
  std::optional<Result<void>> done;
  l.scope.spawn(apply_config(*l.log, clock_, workspace_toml(with_all_), done), "config");
  const auto ends = [&] { return done || !fatal_.empty(); };
  sim_run(l.context, clock_, clock_.instant() + seconds{60}, ends);
  if (!done || !*done || !fatal_.empty() || !l.pipeline->open()) return false;
  l.pipeline->start(l.scope, on_fatal);
  done.reset();
  l.scope.spawn(open_all(*l.sync, *l.parser, done), "open");
  sim_run(l.context, clock_, clock_.instant() + seconds{60}, ends);
  if (done && !*done && fatal_.empty()) problem("does not open: " + done->error().text());
  if (!done || !*done || !fatal_.empty()) return false;
  reconfigure();
  l.parser->start();
  return true;
}

void Arrivals::reconfigure() {
  Life& l = *life_;
  auto parsed = parse_workspace(workspace_toml(with_all_), "arrivals.toml");
  TENON_ASSERT(parsed);
  const auto workspace = std::make_shared<const Workspace>(std::move(*parsed));
  const auto inbound = std::make_shared<const inbound::InboundConfig>(
      inbound::inbound_config(*workspace, manifests_));
  l.parser->configure(inbound);
  l.door->configure(inbound);
  l.sync->configure(workspace, manifests_);
}

// Everything of this life ends where it stands; what it has not written is not written.
void Arrivals::end_life() {
  disk_.cut_power();
  life_->scope.cancel();
  sim_run(life_->context, clock_, clock_.instant(), [this] { return life_->scope.running() == 0; });
  if (life_->scope.running() > 0) problem("a task does not end when it is cancelled");
  life_.reset();
  for (const auto& hook : vendor_.hooks) {
    if (!hook->sending) continue;
    hook->sending = false;  // the vendor saw its connection break
    hook->again = clock_.instant() + milliseconds{random_.below(2'000)};
  }
}

void Arrivals::crash() {
  end_life();
  disk_.crash(random_.next());
  states_.crash(random_);
  disk_fault_ = false;
  fatal_.clear();
  clock_.advance_by(milliseconds{random_.below(3'000)});
  start();
}

void Arrivals::tick(milliseconds by) {
  sim_run(life_->context, clock_, clock_.instant() + by, [this] { return !fatal_.empty(); });
  if (fatal_.empty()) return;
  if (!disk_fault_) problem("fatal without a fault of the disk: " + fatal_);
  crash();
}

void Arrivals::act() {
  if (dice(crash_)) crash();
  if (dice(disk_error_)) {
    disk_.fail_at(1 + random_.below(40), DiskFault::error);
    disk_fault_ = true;
  }
  if (dice(40)) {
    with_all_ = !with_all_;
    crash();  // a changed file comes into force with a start
  }
  for (auto& [stream, ids] : vendor_.streams) {
    for (auto more = random_.below(random_.once_in(6) ? 30 : 3); more > 0; --more) {
      ids.push_back(stream.substr(0, 1) + std::to_string(ids.size()));
    }
  }
  for (auto more = random_.below(3); more > 0; --more) {
    auto hook = std::make_unique<Hook>();
    for (std::uint64_t i = 0; i < 1 + random_.below(4); ++i) {
      const std::string id = "h" + std::to_string(vendor_.hooks.size()) + "-" + std::to_string(i);
      hook->ids.push_back(id);
      hook->body += (i == 0 ? "" : " ") + id;
    }
    if (dice(120)) hook->body.insert(0, random_.once_in(2) ? "bad " : "kill ");
    vendor_.hooks.push_back(std::move(hook));
  }
}

void Arrivals::send_due() {
  for (const auto& hook : vendor_.hooks) {
    if (hook->acknowledged || hook->sending || hook->again > clock_.instant()) continue;
    hook->sending = true;
    life_->scope.spawn(send(*this, *hook), "vendor");
  }
}

Task<void> Arrivals::send(Arrivals& world, Hook& hook) {
  HttpHead head;
  head.method = "POST";
  head.path = "/webhooks/hooks/secret-of-the-path";
  head.content_length = hook.body.size();
  auto& door = *world.life_->door;
  const Admission admission = door.admit(head);
  HttpResponse response;
  if (admission.refuse) {
    response = *admission.refuse;
  } else {
    response = co_await door.handle(std::move(head), hook.body);
  }
  hook.sending = false;
  hook.acknowledged = response.status < 300;
  hook.again = world.clock_.instant() + seconds{1 + world.random_.below(5)};
}

bool Arrivals::all_in() {
  if (acknowledged() != vendor_.hooks.size()) return false;
  if (!life_->parser->waiting().empty() || !life_->pipeline->idle()) return false;
  const auto pulls = life_->sync->status();
  if (!pulls) return false;
  return std::all_of(pulls->begin(), pulls->end(), [&](const auto& pull) {
    const std::string all = std::to_string(vendor_.streams.at(pull.stream).size());
    return pull.state.cursor == all && !pull.state.open && pull.phase == sync::PullPhase::idle;
  });
}

void Arrivals::peace() {
  faults_ = false;
  life_->connector->set_faults(false);
  const Instant until = clock_.instant() + kPeaceWithin;
  while (clock_.instant() < until) {
    send_due();
    tick(milliseconds{500});
    if (!all_in()) continue;
    tick(seconds{12});  // and it stays so
    if (all_in()) return;
  }
  std::string why = "no peace: acknowledged " + std::to_string(acknowledged()) + " of " +
                    std::to_string(vendor_.hooks.size()) + ", waiting " +
                    std::to_string(life_->parser->waiting().size());
  const auto pulls = life_->sync->status();
  for (const auto& pull : pulls ? *pulls : std::vector<sync::PullStatus>()) {
    why += ", " + pull.name + " at " + pull.state.cursor + " " + pull.reason;
  }
  problem(why);
}

// With crashes between the asking and its end; whoever got no answer asks again.
void Arrivals::reenter_all() {
  vendor_.mended = true;
  for (int round = 0; round < 50 && problems_.empty(); ++round) {
    const auto left = left_to_reenter();
    if (round == 0) given_up_ = left.size();
    if (left.empty()) return;
    for (const auto& [webhook, rejected] : left) {
      life_->scope.spawn(retry(*life_->parser, webhook, rejected), "reenter");
    }
    tick(milliseconds{random_.below(30)});
    if (random_.once_in(2)) crash();
    peace();
  }
  if (!left_to_reenter().empty()) problem("webhooks are left that nobody can re-enter");
}

void Arrivals::run() {
  if (!start()) return;
  for (int i = 0; i < kActions && problems_.empty(); ++i) {
    act();
    send_due();
    tick(milliseconds{1 + random_.below(random_.once_in(8) ? 20'000 : 900)});
  }
  if (!with_all_) {
    with_all_ = true;
    crash();
  }
  peace();
  if (problems_.empty()) reenter_all();
}

}  // namespace tenon::sim
