// Instances on demand, and strikes for what goes wrong with them.
#include "hosting/hosting.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "manifest/settings.hpp"

namespace tenon {
namespace {

// Reopening after an instance was found gone (idle worker, death in another's step) is not a retry
// of a failure; but something is wrong if it happens again and again.
constexpr int kMaxReopens = 3;

// Names the release in what its connector says: of a step that failed, and line by line.
void tell(Telemetry& telemetry, const ReleaseId& release, StepResult& result) {
  if (result.status < 0) {
    result.explain = release.value + ": " +
                     (result.explain.empty() ? "the connector gave no reason" : result.explain);
  }
  for (const auto& line : result.logs) {
    const auto level = line.level <= 3 ? static_cast<LogLevel>(line.level) : LogLevel::debug;
    telemetry.log(level, "connector_says", {{"release", release.value}, {"message", line.message}});
  }
}

}  // namespace

Hosting::Hosting(ConnectorRuntime& runtime, Clock& clock, Telemetry& telemetry,
                 const ReleaseCatalog& catalog)
    : runtime_(runtime), clock_(clock), telemetry_(telemetry), catalog_(catalog) {}

Result<ReleaseId> Hosting::release_of(const Destination& destination) const {
  const Manifest* manifest = manifest_of(destination, catalog_.manifests());
  if (manifest != nullptr) return ReleaseId(manifest->release());
  const std::string wanted =
      destination.connector + (destination.release.empty() ? "" : "@" + destination.release);
  return not_found(
      "connector " + wanted + " is not installed; `tenon connectors list` shows what is",
      "destination " + destination.name.value);
}

// Lost probes must not keep a release shut for ever.
class ProbeGuard {
 public:
  ProbeGuard(Strikes& strikes, bool probe) : strikes_(strikes), probe_(probe) {}
  ProbeGuard(const ProbeGuard&) = delete;
  ProbeGuard& operator=(const ProbeGuard&) = delete;
  ~ProbeGuard() {
    if (probe_) strikes_ = after_lost_probe(std::move(strikes_));
  }

 private:
  Strikes& strikes_;
  bool probe_;
};

Task<Result<StepResult>> Hosting::step(Destination destination, Call call, Instant deadline) {
  auto release = release_of(destination);
  if (!release) co_return std::move(release).error();
  bool probe = false;
  auto admitted = co_await await_admission(*release, deadline, probe);
  if (!admitted) co_return std::move(admitted).error();
  const ProbeGuard guard(strikes_[*release], probe);
  auto result = co_await run(std::move(destination), *release, std::move(call), deadline);
  auto& strikes = strikes_[*release];
  if (result) {
    strikes = after_success(std::move(strikes), clock_.instant());
    tell(telemetry_, *release, *result);
  } else {
    judge(*release, result.error());
  }
  co_return result;
}

Task<Result<void>> Hosting::await_admission(ReleaseId release, Instant deadline, bool& probe) {
  for (;;) {
    auto& strikes = strikes_[release];
    const Instant now = clock_.instant();
    const StepAdmission admission = admit(strikes, now);
    if (admission.allowed) {
      strikes = after_admission(std::move(strikes), admission);
      probe = admission.probe;
      co_return Result<void>{};
    }
    const bool worth_waiting = strikes.state == HostedState::backing_off &&
                               admission.retry_after <= kWaitInStep &&
                               now + admission.retry_after < deadline;
    if (!worth_waiting) {
      // Not `unavailable`: nothing was run, so nothing can be held against the call's records.
      const std::string text = "release " + release.value + " is " +
                               std::string(name_of(strikes.state)) + ": " + strikes.reason;
      if (strikes.state == HostedState::quarantined) co_return conflict(text);
      co_return limited(text, admission.retry_after);
    }
    co_await clock_.sleep_until(strikes.not_before);
  }
}

Task<Result<StepResult>> Hosting::run(Destination destination, ReleaseId release, Call call,
                                      Instant deadline) {
  for (int tries = 1;; ++tries) {
    const SlotPtr slot = co_await slot_for(destination, release);
    Call copy = call;
    bool opened = false;
    auto result = co_await use(slot, std::move(copy), deadline, opened);
    co_await close_unused(slot);
    if (!result && !opened && result.error().kind == ErrorKind::unavailable) {
      // As long as its worker does not start, nothing can be held against the call's records.
      judge(release, result.error());
      const auto retry_after = admit(strikes_[release], clock_.instant()).retry_after;
      co_return limited("release " + release.value + ": " + result.error().text(), retry_after);
    }
    if (result || !opened || result.error().kind != ErrorKind::not_found) co_return result;
    if (tries == kMaxReopens) {
      co_return unavailable("the instance of " + release.value + " was gone " +
                            std::to_string(kMaxReopens) + " times in one step");
    }
  }
}

// Counts a user of a slot, however its use ends.
class UserGuard {
 public:
  explicit UserGuard(std::size_t& users) : users_(users) { ++users_; }
  UserGuard(const UserGuard&) = delete;
  UserGuard& operator=(const UserGuard&) = delete;
  ~UserGuard() { --users_; }

 private:
  std::size_t& users_;
};

Task<Result<StepResult>> Hosting::use(SlotPtr slot, Call call, Instant deadline, bool& opened) {
  const UserGuard user(slot->users);
  auto instance = co_await instance_of(slot);
  if (!instance) co_return std::move(instance).error();
  opened = true;
  auto result = co_await runtime_.step(*instance, std::move(call), deadline);
  if (result) co_return result;
  const ErrorKind kind = result.error().kind;
  if (kind == ErrorKind::not_found || kind == ErrorKind::unavailable ||
      kind == ErrorKind::timeout || kind == ErrorKind::corrupt) {
    gone(slot, *instance);
  }
  co_return result;
}

// A stale slot is closed by its last user, so that no step loses its instance to new settings.
Task<void> Hosting::close_unused(SlotPtr slot) {
  if (!slot->stale || slot->users > 0 || slot->instance.value == 0) co_return;
  const InstanceId instance = slot->instance;
  slot->instance = InstanceId(0);
  co_await runtime_.close(instance);
}

// The destination's slot, a new one if release or settings have changed.
Task<Hosting::SlotPtr> Hosting::slot_for(Destination destination, ReleaseId release) {
  const SlotName name{destination.name, release};
  auto& known = slots_[name];
  if (known && known->settings == destination.settings) co_return known;
  const SlotPtr stale = known;
  known = std::make_shared<Slot>();
  known->release = release;
  known->settings = destination.settings;
  // Of a release that is on its way out: calls that began with it end with it.
  known->stale = configured_ && !wanted_.contains(name);
  const SlotPtr fresh = known;
  if (stale) {
    stale->stale = true;
    co_await close_unused(stale);
  }
  co_return fresh;
}

// However an opening ends, those who wait for it must not wait for ever.
class OpeningGuard {
 public:
  OpeningGuard(bool& opening, Signal& changed) : opening_(opening), changed_(changed) {
    opening_ = true;
  }
  OpeningGuard(const OpeningGuard&) = delete;
  OpeningGuard& operator=(const OpeningGuard&) = delete;
  ~OpeningGuard() {
    opening_ = false;
    changed_.notify();
  }

 private:
  bool& opening_;
  Signal& changed_;
};

// Only one caller opens; the others wait for it.
Task<Result<InstanceId>> Hosting::instance_of(SlotPtr slot) {
  while (slot->instance.value == 0 && slot->opening) co_await slot->changed->wait();
  if (slot->instance.value != 0) co_return slot->instance;
  if (!slot->changed) {
    const auto executor = co_await boost::asio::this_coro::executor;
    slot->changed = std::make_unique<Signal>(executor);
  }
  const OpeningGuard guard(slot->opening, *slot->changed);
  const auto* installed = catalog_.find(slot->release);
  std::string settings = installed != nullptr ? with_defaults(installed->manifest, slot->settings,
                                                              SettingsFor::connector)
                                              : slot->settings;
  auto opened = co_await runtime_.open(slot->release, std::move(settings));
  if (!opened) co_return std::move(opened).error();
  telemetry_.count("instances_opened", {{"release", slot->release.value}});
  slot->instance = *opened;
  co_return *opened;
}

void Hosting::gone(const SlotPtr& slot, InstanceId instance) {
  if (slot->instance == instance) slot->instance = InstanceId(0);
}

void Hosting::judge(const ReleaseId& release, const Error& error) {
  auto& strikes = strikes_[release];
  const Instant now = clock_.instant();
  const HostedState before = strikes.state;
  switch (error.kind) {
    case ErrorKind::unavailable:
    case ErrorKind::timeout:
      strikes = after_death(std::move(strikes), release.value, error.text(), now);
      break;
    case ErrorKind::corrupt:
      strikes = after_violation(std::move(strikes), error.text(), now);
      break;
    default: return;  // not the release's doing, or nothing that a pause would mend
  }
  if (strikes.state == before && before == HostedState::quarantined) return;
  const std::string state(name_of(strikes.state));
  const std::string text = error.text();
  telemetry_.count("release_strikes", {{"release", release.value}, {"state", state}});
  telemetry_.log(strikes.state == HostedState::quarantined ? LogLevel::error : LogLevel::warning,
                 "release." + state, {{"release", release.value}, {"reason", text}});
}

Task<Result<void>> Hosting::prove(Destination destination) {
  const auto release = release_of(destination);
  if (!release) co_return release.error();
  const auto* installed = catalog_.find(*release);
  if (installed == nullptr) co_return not_found("release " + release->value + " is not installed");
  std::string settings =
      with_defaults(installed->manifest, destination.settings, SettingsFor::connector);
  const auto opened = co_await runtime_.open(*release, std::move(settings));
  if (!opened) co_return opened.error();
  co_await runtime_.close(*opened);
  co_return Result<void>();
}

Task<void> Hosting::configure(std::vector<Destination> destinations) {
  std::map<SlotName, const std::string*> wanted;  // with its settings
  for (const auto& destination : destinations) {
    const auto release = release_of(destination);
    if (release) wanted[{destination.name, *release}] = &destination.settings;
  }
  wanted_.clear();
  for (const auto& [name, settings] : wanted) wanted_.insert(name);
  configured_ = true;
  std::vector<SlotPtr> stale;
  for (auto it = slots_.begin(); it != slots_.end();) {
    const auto same = wanted.find(it->first);
    const bool keeps = same != wanted.end() && *same->second == it->second->settings;
    if (keeps && !it->second->stale) {
      ++it;
    } else {
      it->second->stale = true;
      stale.push_back(it->second);
      it = slots_.erase(it);
    }
  }
  for (const auto& slot : stale) co_await close_unused(slot);
}

std::vector<HostedRelease> Hosting::status() const {
  std::vector<HostedRelease> out;
  for (const auto& installed : catalog_.releases()) {
    HostedRelease hosted;
    hosted.release = installed.id;
    if (const auto it = strikes_.find(installed.id); it != strikes_.end()) {
      hosted.state = it->second.state;
      hosted.strikes = it->second.in_a_row;
      hosted.reason = it->second.reason;
      hosted.retry_after = admit(it->second, clock_.instant()).retry_after;
    }
    for (const auto& [name, slot] : slots_) {
      if (name.second == installed.id && slot->instance.value != 0) ++hosted.instances;
    }
    out.push_back(std::move(hosted));
  }
  return out;
}

Result<void> Hosting::clear(const ReleaseId& release) {
  if (catalog_.find(release) == nullptr)
    return not_found("release " + release.value + " is not installed");
  strikes_[release] = {};  // never erased: a step in flight holds a reference
  return {};
}

}  // namespace tenon
