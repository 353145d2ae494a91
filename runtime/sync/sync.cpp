// Setting pulls up and taking them down.
#include "sync/sync.hpp"

#include "base/limits.hpp"
#include "ports/with_deadline.hpp"

namespace tenon::sync {
namespace {

constexpr seconds kFlushEvery{1};

PullKey key_of(const Pull& pull) {
  PullKey key;
  key.pull = pull.name;
  key.destination = pull.destination;
  key.stream = pull.stream;
  return key;
}

Result<std::shared_ptr<const PullSetup>> make_setup(std::shared_ptr<const Workspace> workspace,
                                                    const Pull& pull,
                                                    const std::vector<Manifest>& installed) {
  const Destination* destination = workspace->destination(pull.destination);
  if (destination == nullptr) return not_found("no destination \"" + pull.destination + "\"");
  TENON_TRY_AS(auto target, target_of(workspace, *destination, installed));
  const StreamDecl* stream = target.manifest.stream(pull.stream);
  if (stream == nullptr || !can(target.manifest, "pull")) {
    return unsupported(target.manifest.release() + " has no stream \"" + pull.stream + "\"");
  }
  auto setup = std::make_shared<PullSetup>();
  setup->interval = pull.interval.value_or(stream->interval);
  setup->pull = pull;
  static_cast<CallTarget&>(*setup) = std::move(target);
  return std::shared_ptr<const PullSetup>(std::move(setup));
}

}  // namespace

Sync::Sync(SyncDoors doors, StateStores& stores, Scope& scope, std::function<void(Error)> on_fatal)
    : doors_(std::move(doors)), stores_(stores), scope_(scope), on_fatal_(std::move(on_fatal)) {}

Task<Result<void>> Sync::open() {
  auto opened = stores_.open(kStateName);
  if (!opened) co_return Error(opened.error());
  store_ = std::move(*opened);
  auto loaded = co_await load();
  if (!loaded) {
    const std::string why = loaded.error().text();
    doors_.telemetry.log(LogLevel::warning, "sync.state_rebuilt", {{"why", why}});
    const auto cleared = store_->clear();
    if (!cleared) co_return Error(cleared.error());
    TENON_CO_TRY(load());
  }
  const auto open = fold_->open();
  if (!open) co_return Error(open.error());
  for (const auto& key : *open) puller(key);
  scope_.spawn(flush_often(), "sync.flush");
  co_return Result<void>();
}

Task<Result<void>> Sync::load() {
  fold_ = std::make_unique<PullFold>(*store_);
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    const PartitionId partition{p};
    const auto from = fold_->resume(partition, doors_.log.begin(partition));
    if (!from) co_return Error(from.error());
    if (*from > doors_.log.end(partition) || *from < doors_.log.begin(partition)) {
      co_return corrupt("its cursor is not in the log");
    }
    TENON_CO_TRY(catch_up(*fold_, doors_.log, partition));
  }
  // The states parse, too.
  const auto open = fold_->open();
  if (!open) co_return Error(open.error());
  co_return Result<void>();
}

// A partition that is no puller's home got no page since it was read to its end.
Result<void> Sync::flush() {
  if (!fold_) return {};
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    const PartitionId partition{p};
    if (!homes_.contains(partition)) fold_->read_to(partition, doors_.log.end(partition));
  }
  return fold_->flush();
}

Result<void> Sync::sync() {
  TENON_TRY(flush());
  return store_ ? store_->sync() : Result<void>();
}

Result<Offset> Sync::needed_from(PartitionId p) {
  if (!fold_) return doors_.log.begin(p);
  TENON_TRY_AS(Offset from, fold_->resume(p, doors_.log.begin(p)));
  TENON_TRY_AS(const auto open, fold_->open());
  for (const auto& key : open) {
    TENON_TRY_AS(const auto state, fold_->of(key));
    if (home_of(key) == p && state.open) from = std::min(from, *state.open);
  }
  return from;
}

Puller& Sync::puller(const PullKey& key) {
  auto& known = pullers_[key];
  if (!known) {
    known = std::make_unique<Puller>(key, doors_, *fold_, scope_.executor());
    homes_.insert(home_of(key));
    scope_.spawn(follow(*known, on_fatal_), "sync.pull");
  }
  return *known;
}

Task<void> Sync::follow(Puller& puller, std::function<void(Error)>& on_fatal) {
  const auto ended = co_await puller.run();
  if (!ended) on_fatal(ended.error());
}

void Sync::configure(std::shared_ptr<const Workspace> workspace,
                     const std::vector<Manifest>& installed) {
  problems_.clear();
  configured_.clear();
  for (const auto& pull : workspace->pulls) configured_[pull.name] = key_of(pull);
  for (auto& [key, puller] : pullers_) {
    const auto now = configured_.find(key.pull);
    if (now == configured_.end() || now->second != key) puller->configure(nullptr);
  }
  for (const auto& pull : workspace->pulls) {
    auto setup = make_setup(workspace, pull, installed);
    if (!setup) {
      problems_[pull.name] = setup.error().text();
      doors_.telemetry.log(LogLevel::error, "pull.cannot_run",
                           {{"pull", pull.name}, {"why", setup.error().text()}});
    }
    puller(key_of(pull)).configure(setup ? std::move(*setup) : nullptr);
  }
}

Result<std::vector<PullStatus>> Sync::status() {
  std::vector<PullStatus> all;
  for (const auto& [name, key] : configured_) {
    TENON_TRY_AS(auto status, puller(key).status());
    const auto problem = problems_.find(name);
    if (problem != problems_.end()) status.reason = problem->second;
    all.push_back(std::move(status));
  }
  return all;
}

Task<Result<PullStatus>> Sync::run_now(std::string name, milliseconds wait) {
  const auto known = configured_.find(name);
  if (known == configured_.end()) {
    co_return not_found("no pull \"" + name + "\" in the configuration in force");
  }
  Puller& puller = this->puller(known->second);
  const auto before = puller.status();
  if (!before) co_return Error(before.error());
  if (before->phase == PullPhase::waiting || before->phase == PullPhase::unusable) {
    co_return conflict("the pull cannot run now: " + before->reason, "pull " + name);
  }
  const std::uint64_t wanted = puller.run_soon();
  const Instant until = doors_.clock.instant() + wait;
  for (;;) {
    auto status = puller.status();
    if (!status || status->runs >= wanted || doors_.clock.instant() >= until) co_return status;
    auto ended = puller.ended().wait();
    (void)co_await with_deadline(doors_.clock, until, std::move(ended));
  }
}

void Sync::wake() {
  for (auto& [key, puller] : pullers_) puller->wake();
}

Task<void> Sync::flush_often() {
  for (;;) {
    const Instant at = doors_.clock.instant() + kFlushEvery;
    co_await doors_.clock.sleep_until(at);
    const auto flushed = flush();
    if (!flushed) {
      on_fatal_(flushed.error());
      co_return;
    }
  }
}

}  // namespace tenon::sync
