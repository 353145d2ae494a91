// Starting, ending and waiting: the lives of the host.
#include "sim/world.hpp"

#include <stdlib.h>

#include <filesystem>

#include "backends/memory/sim_run.hpp"
#include "base/assert.hpp"
#include "sim/config.hpp"
#include "sim/life.hpp"
#include "sim/setup.hpp"

namespace tenon::sim {
namespace {

constexpr std::chrono::hours kPeaceWithin{3};  // virtual: all must be done by then
constexpr int kStarts = 20;                    // in a row, while faults are armed

Task<void> restore_limits(LeaseBook& leases, RateLimiter& limiter,
                          std::optional<Result<void>>& done) {
  done = co_await leases.restore(limiter);
}

}  // namespace

World::World(Profile profile, Mutant mutant)
    : profile_(profile),
      mutant_(mutant),
      random_(profile.seed * 101 + 1),
      connector_random_(profile.seed * 103 + 2),
      host_random_(profile.seed * 107 + 5),
      began_(clock_.instant()),
      mutant_disk_(disk_, mutant),
      manifests_(manifests_of(profile)),
      catalog_(catalog_of(profile)),
      vendors_(clock_, ledger_, profile_, mutant, manifests_of(profile)) {
  if (profile_.sqlite) {
    std::string pattern = std::filesystem::temp_directory_path() / "tenon-sim-XXXXXX";
    TENON_ASSERT(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
  }
}

World::~World() {
  if (life_) end_life();
  if (!folder_.empty()) {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
}

EventLog& World::log() { return *life_->file_log; }
boost::asio::io_context& World::context() { return life_->context; }
StateStores& World::stores() { return *life_->stores; }
std::vector<std::string> World::destinations() const { return destinations_of(profile_); }
double World::virtual_hours() const {
  return std::chrono::duration<double>(clock_.instant() - began_).count() / 3'600;
}

bool World::start() {
  for (int i = 0; i < kStarts; ++i) {
    if (start_once()) return true;
    end_life();
    disk_.crash(random_.next());  // also disarms what was armed
    disk_.set_capacity(std::nullopt);
    disk_fault_ = false;
    fatal_.clear();
  }
  ledger_.violation("the host does not start");
  return false;
}

bool World::start_once() {
  ++ledger_.life;
  note("host starts, life " + std::to_string(ledger_.life));
  life_ = std::make_unique<Life>();
  Life& l = *life_;
  const auto on_fatal = [this](const Error& why) {
    if (fatal_.empty()) fatal_ = why.text();
  };
  auto options = log_options();
  options.on_fatal = on_fatal;
  auto opened = FileLog::open(l.context.get_executor(), mutant_disk_, clock_, host_random_, "log",
                              std::move(options));
  if (!opened) {
    if (opened.error().kind == ErrorKind::corrupt) {
      ledger_.violation("the log does not open: " + opened.error().text());
    }
    return false;
  }
  l.file_log = std::move(*opened);
  l.log = std::make_unique<MutantLog>(*l.file_log, mutant_, ledger_.life);
  if (profile_.sqlite) {
    l.sqlite = std::make_unique<SqliteStateStores>(folder_, l.log->id());
    l.stores = l.sqlite.get();
  } else {
    l.stores = &memory_;
  }
  l.mutant_stores = std::make_unique<MutantStores>(*l.stores, mutant_, ledger_.life);
  l.runtime = std::make_unique<SimRuntime>(clock_, ledger_, profile_, mutant_, connector_random_);
  l.runtime->set_faults(faults_);
  l.hosting = std::make_unique<Hosting>(*l.runtime, clock_, l.telemetry, catalog_);
  l.vault = std::make_unique<Vault>(l.secrets);
  l.limiter = std::make_unique<RateLimiter>(*l.log, clock_);
  l.leases = std::make_unique<LeaseBook>(*l.log, *l.mutant_stores, clock_);
  l.egress = std::make_unique<Egress>(vendors_, *l.vault, *l.limiter, clock_, l.telemetry);
  l.pipeline = std::make_unique<pipeline::Pipeline>(*l.log, *l.mutant_stores, clock_, l.telemetry);
  l.holds = std::make_unique<Holds>(*l.limiter, clock_, l.telemetry);
  delivery::Doors doors{*l.log,     *l.mutant_stores, clock_,  l.telemetry,
                        *l.hosting, *l.egress,        *l.holds};
  l.delivery = std::make_unique<delivery::Delivery>(doors, l.scope, on_fatal);
  l.ingest = std::make_unique<Ingest>(*l.log, clock_, host_random_, l.telemetry);
  std::optional<Result<void>> configured;
  l.scope.spawn(apply_config(*l.log, clock_, workspace_toml(profile_, variant_), configured),
                "config");
  sim_run(l.context, clock_, clock_.instant() + seconds{60},
          [&] { return configured || !fatal_.empty(); });
  if (!configured || !*configured || !fatal_.empty()) return false;
  std::optional<Result<void>> restored;
  l.scope.spawn(restore_limits(*l.leases, *l.limiter, restored), "limits");
  sim_run(l.context, clock_, clock_.instant() + seconds{60},
          [&] { return restored || !fatal_.empty(); });
  if (!restored || !*restored || !fatal_.empty()) return false;
  l.scope.spawn(l.leases->follow(on_fatal), "limits.leases");
  const auto pipeline_open = l.pipeline->open();
  if (!pipeline_open) {
    ledger_.violation("the pipeline does not open: " + pipeline_open.error().text());
    return false;
  }
  l.pipeline->start(l.scope, on_fatal);
  reconfigure();
  return fatal_.empty();
}

void World::reconfigure() {
  Life& l = *life_;
  auto parsed = parse_workspace(workspace_toml(profile_, variant_), "sim.toml");
  TENON_ASSERT(parsed);
  l.workspace = std::make_shared<Workspace>(std::move(*parsed));
  IngestConfig ingest;
  ingest.tenant = hash_of_name("acme");
  ingest.workspace = hash_of_name("main");
  ingest.version = l.workspace->version;
  IngestSource source;
  source.name = SourceName("web");
  source.hash = hash_of_name("web");
  source.write_key = Secret("write-key");
  ingest.sources.push_back(std::move(source));
  l.ingest->configure(std::move(ingest));
  const auto configured = l.delivery->configure(l.workspace, manifests_);
  if (!configured) ledger_.violation("delivery: " + configured.error().text());
  for (const auto& [name, why] : l.delivery->problems()) {
    ledger_.violation("destination " + name + ": " + why);
  }
}

// Everything of this life ends where it stands; what it has not written is not written.
void World::end_life() {
  disk_.cut_power();
  life_->scope.cancel();
  sim_run(life_->context, clock_, clock_.instant(), [this] { return life_->scope.running() == 0; });
  if (life_->scope.running() > 0) ledger_.violation("a task does not end when it is cancelled");
  life_.reset();
  for (auto& request : requests_) {
    if (!request->waiting) continue;
    request->waiting = false;  // the client saw its connection break
    request->again = clock_.instant() + milliseconds{random_.below(2'000)};
  }
}

void World::crash() {
  note(fatal_.empty() ? "host crashes" : "host ends itself: " + fatal_);
  end_life();
  disk_.crash(random_.next());
  memory_.crash(random_);
  disk_fault_ = false;
  fatal_.clear();
  clock_.advance_by(milliseconds{random_.below(3'000)});
  start();
}

void World::cut_power_at(std::uint64_t operation) {
  disk_.fail_at(operation, DiskFault::power_cut);
  disk_fault_ = true;
}

void World::note(std::string text) { ledger_.note(clock_.now(), std::move(text)); }

// As on SIGTERM.
void World::stop() {
  note("host stops");
  Life& l = *life_;
  l.ingest->stop();
  l.delivery->drain();
  sim_run(l.context, clock_, clock_.instant() + seconds{10},
          [&] { return l.delivery->drained() || !fatal_.empty(); });
  l.scope.cancel();
  sim_run(l.context, clock_, clock_.instant(), [&] { return l.scope.running() == 0; });
  if (l.scope.running() > 0) ledger_.violation("a task does not end when it is cancelled");
  if (!fatal_.empty()) return;
  const auto pipeline = l.pipeline->flush();
  const auto delivery = l.delivery->flush();
  if (!pipeline || !delivery) ledger_.violation("the state does not flush");
  l.delivery.reset();  // closes the states
  l.pipeline.reset();
}

// Clients whose time has come send again within a second.
void World::tick(milliseconds by) {
  const Instant end = clock_.instant() + by;
  while (alive() && clock_.instant() < end) {
    send_due();
    const Instant until = requests_.empty() ? end : std::min(end, clock_.instant() + seconds{1});
    sim_run(life_->context, clock_, until, [this] { return !fatal_.empty(); });
    clock_.advance_to(until);
    mend_if_fatal();
  }
}

delivery::Runner& World::runner(const std::string& destination) {
  auto* found = life_->delivery->runner(destination);
  TENON_ASSERT(found != nullptr);
  return *found;
}

void World::mend_if_fatal() {
  if (fatal_.empty()) return;
  if (!disk_fault_) ledger_.violation("fatal without a fault of the disk: " + fatal_);
  crash();
}

bool World::all_quiet() {
  return requests_.empty() && life_->commands == 0 && life_->pipeline->idle() &&
         life_->delivery->idle();
}

void World::quiesce() {
  note("peace: no faults from here on");
  faults_ = false;
  vendors_.set_faults(false);
  life_->runtime->set_faults(false);
  disk_.set_capacity(std::nullopt);
  const Instant until = clock_.instant() + kPeaceWithin;
  while (alive() && clock_.instant() < until) {
    bool paused = false;
    for (const auto& name : destinations()) {
      const auto* runner = life_->delivery->runner(name);
      if (runner == nullptr || !life_->delivery->runner(name)->status().pause.paused) continue;
      paused = true;
      if (life_->commands == 0) append_everywhere(name, 1);
    }
    send_due();
    if (!paused && all_quiet()) {
      tick(seconds{5});  // and it stays so
      if (!alive() || all_quiet()) return;
    }
    tick(milliseconds{500});
  }
  if (!alive()) return;
  std::string why = "no peace within " + std::to_string(kPeaceWithin.count()) + " h:";
  why += " requests " + std::to_string(requests_.size());
  why += life_->pipeline->idle() ? "" : ", the pipeline is busy";
  for (const auto& [name, runner] : life_->delivery->runners()) {
    const auto status = runner->status();
    if (!runner->idle()) {
      why += ", " + name + " in flight " + std::to_string(status.in_flight) + " window " +
             std::to_string(status.window) + " waiting rows " +
             std::to_string(runner->fold().waiting_rows()) + " lag " +
             std::to_string(status.lag_bytes) + (status.next_due ? " next due" : "");
    }
  }
  ledger_.violation(why);
}

void World::keep_counts() {
  const auto rows = live_rows();
  TENON_ASSERT(rows);
  counts_ = *rows;
  for (const auto& [name, runner] : life_->delivery->runners()) {
    for (const auto& [id, rerun] : runner->fold().reruns()) reruns_[id] = rerun;
  }
}

Result<CompletenessRows> World::live_rows() {
  CompletenessRows rows;
  TENON_TRY(life_->pipeline->count_into(rows, HourRange{}));
  TENON_TRY_AS(const Time from, life_->pipeline->decided_counted_from());
  TENON_TRY(life_->delivery->count_into(rows, HourRange{}, from, life_->pipeline->counted_to()));
  return rows;
}

// At any moment, not only at rest.
void World::check_counts() {
  const auto rows = live_rows();
  TENON_ASSERT(rows);
  for (const auto& [key, row] : *rows) {
    if (row.remainder() == 0) continue;
    ledger_.violation("the counts of \"" + key.destination + "\" do not add up: remainder " +
                      std::to_string(row.remainder()) + " of " +
                      std::to_string(row.received + row.decided));
  }
}

void World::run() {
  if (!start()) return;
  for (int i = 0; i < profile_.actions && alive(); ++i) {
    act();
    const int most = random_.once_in(8) ? profile_.pause_ms : 700;
    tick(milliseconds{1 + random_.below(static_cast<std::uint64_t>(most))});
    if (alive()) check_counts();
  }
  end();
}

void World::end() {
  if (!alive()) return;
  quiesce();
  if (!alive()) return;
  keep_counts();
  stop();
}

}  // namespace tenon::sim
