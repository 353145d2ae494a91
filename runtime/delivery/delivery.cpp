// Setting up and taking down runners.
#include "delivery/delivery.hpp"

namespace tenon::delivery {

Result<std::shared_ptr<const Setup>> make_setup(std::shared_ptr<const Workspace> workspace,
                                                const Destination& destination,
                                                const std::vector<Manifest>& installed) {
  TENON_TRY_AS(auto target, target_of(std::move(workspace), destination, installed));
  auto setup = std::make_shared<Setup>();
  static_cast<CallTarget&>(*setup) = std::move(target);
  setup->retry = retry_policy_of(setup->manifest, destination);
  setup->on_ambiguous =
      destination.on_ambiguous == "resend" ? OnAmbiguous::resend : OnAmbiguous::park;
  setup->letters_kept = std::chrono::days(
      destination.dead_letters_days.value_or(setup->workspace->dead_letters_days));
  return std::shared_ptr<const Setup>(std::move(setup));
}

Delivery::Delivery(Doors doors, Scope& scope, std::function<void(Error)> on_fatal)
    : doors_(doors),
      scope_(scope),
      on_fatal_(std::move(on_fatal)),
      tail_(doors.log, scope.executor(), on_fatal_) {
  tail_.start(scope);
}

Result<void> Delivery::follow(const std::string& name) {
  auto& runner = runners_[name];
  if (runner) return {};
  auto fresh = std::make_unique<Runner>(name, doors_, tail_, scope_.executor(), on_fatal_);
  const auto opened = fresh->open();
  if (!opened) {
    runners_.erase(name);
    return Error(opened.error());
  }
  runner = std::move(fresh);
  runner->start(scope_);
  return {};
}

Result<void> Delivery::configure(std::shared_ptr<const Workspace> workspace,
                                 const std::vector<Manifest>& installed, const Canaries& canaries) {
  problems_.clear();
  for (auto& [name, runner] : runners_) {
    if (workspace->destination(name) == nullptr) runner->configure(nullptr);
  }
  for (const auto& destination : workspace->destinations) {
    const std::string& name = destination.name.value;
    TENON_TRY(follow(name));
    const auto& runner = runners_[name];
    auto setup = make_setup(workspace, destination, installed);
    if (!setup) {
      problems_[name] = setup.error().text();
      doors_.telemetry.log(LogLevel::error, "destination.cannot_run",
                           {{"destination", name}, {"why", setup.error().text()}});
      runner->configure(nullptr);
      continue;
    }
    runner->configure(std::move(*setup), canary_of(destination, installed, canaries));
  }
  return {};
}

// One that cannot be set up gets nothing: the stable release goes on with all of it.
CanaryRelease Delivery::canary_of(const Destination& destination,
                                  const std::vector<Manifest>& installed,
                                  const Canaries& canaries) {
  CanaryRelease candidate;
  if (!canaries.workspace) return candidate;
  const Destination* other = canaries.workspace->destination(destination.name.value);
  const auto percent = canaries.percent.find(destination.connector);
  if (other == nullptr || other->release == destination.release ||
      percent == canaries.percent.end()) {
    return candidate;
  }
  auto setup = make_setup(canaries.workspace, *other, installed);
  if (!setup) {
    doors_.telemetry.log(LogLevel::error, "rollout.candidate_cannot_run",
                         {{"destination", destination.name.value}, {"why", setup.error().text()}});
    return candidate;
  }
  candidate.setup = std::move(*setup);
  candidate.percent = percent->second;
  return candidate;
}

void Delivery::drain() {
  for (auto& [name, runner] : runners_) runner->drain();
}

bool Delivery::drained() const {
  for (const auto& [name, runner] : runners_) {
    if (!runner->drained()) return false;
  }
  return true;
}

Result<void> Delivery::flush() {
  for (auto& [name, runner] : runners_) TENON_TRY(runner->flush());
  return {};
}

bool Delivery::idle() {
  for (auto& [name, runner] : runners_) {
    if (!runner->idle()) return false;
  }
  return true;
}

Result<void> Delivery::count_into(CompletenessRows& rows, const HourRange& range, Time counted_from,
                                  const std::vector<Offset>& decided_to) {
  for (auto& [name, runner] : runners_) {
    TENON_TRY(runner->count_into(rows, range, counted_from, decided_to));
  }
  return {};
}

Runner* Delivery::runner(std::string_view destination) {
  const auto at = runners_.find(destination);
  return at == runners_.end() ? nullptr : at->second.get();
}

void Delivery::wake(std::string_view destination) {
  if (Runner* found = runner(destination)) found->wake();
}

}  // namespace tenon::delivery
