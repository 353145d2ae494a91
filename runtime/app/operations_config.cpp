// Operations on the configuration; readiness and metrics.
#include <filesystem>

#include "app/operations.hpp"
#include "base/locked_memory.hpp"

namespace tenon::app {

Result<ConfigStatus> HostOperations::config() {
  if (!parts_.config.workspace()) {
    return not_found("no configuration is in force; tenon config apply FILE");
  }
  return parts_.config.status();
}

Task<Result<Page<ConfigEntry>>> HostOperations::config_history(PageQuery query) {
  co_return co_await parts_.config.history(std::move(query));
}

ConfigCheck HostOperations::config_check(const std::string& toml, const std::string& place) {
  return parts_.config.check(toml, place);
}

ConfigDiff HostOperations::config_diff(const std::string& toml, const std::string& place) {
  ConfigDiff diff;
  diff.check = parts_.config.check(toml, place);
  diff.changes = parts_.config.changes(toml, place);
  return diff;
}

Task<Result<ConfigApply>> HostOperations::config_apply(std::string toml, std::string place,
                                                       std::string actor) {
  TENON_CO_TRY_AS(auto answer,
                  parts_.config.apply(std::move(toml), std::move(place), std::move(actor)));
  if (answer.applied) {
    TENON_CO_TRY(parts_.rollouts.adopt());
    const auto done = parts_.reconfigure();
    if (!done) co_return Error(done.error());
  }
  co_return answer;
}

Readiness HostOperations::readiness() {
  Readiness readiness;
  readiness.reason = parts_.not_ready();
  readiness.ready = readiness.reason.empty();
  return readiness;
}

// Gauges are set when they are asked for: nobody else looks at them.
std::string HostOperations::metrics() {
  parts_.telemetry.gauge("log_full", parts_.log.full() ? 1 : 0, {});
  std::error_code error;
  const auto space = std::filesystem::space(parts_.data, error);
  if (!error) {
    parts_.telemetry.gauge("disk_free_bytes", static_cast<double>(space.available), {});
    parts_.telemetry.gauge("disk_size_bytes", static_cast<double>(space.capacity), {});
  }
  add_capture_metrics();
  const auto secrets = locked_memory();
  parts_.telemetry.gauge("secret_memory_bytes", static_cast<double>(secrets.used), {});
  parts_.telemetry.gauge("secret_memory_outside_bytes", static_cast<double>(secrets.outside), {});
  parts_.telemetry.gauge("pipeline_lag_bytes", static_cast<double>(parts_.pipeline.lag()), {});
  parts_.telemetry.gauge("notices_open", static_cast<double>(parts_.notices.board().open().size()),
                         {});
  for (const auto& release : parts_.hosting.status()) {
    const Telemetry::Label label{"release", release.release.value};
    const bool off = is_isolation_off(*parts_.catalog.find(release.release));
    parts_.telemetry.gauge("isolation_off", off ? 1 : 0, {label});
    parts_.telemetry.gauge("release_ready", release.state == HostedState::ready ? 1 : 0, {label});
    parts_.telemetry.gauge("release_strikes_in_a_row", release.strikes, {label});
    parts_.telemetry.gauge("release_quarantined", release.state == HostedState::quarantined ? 1 : 0,
                           {label});
  }
  for (const auto& destination : destinations()) {
    const Telemetry::Label label{"destination", destination.name};
    parts_.telemetry.gauge("destination_pending", static_cast<double>(destination.pending),
                           {label});
    parts_.telemetry.gauge("destination_retrying", static_cast<double>(destination.retrying),
                           {label});
    parts_.telemetry.gauge("destination_dead", static_cast<double>(destination.dead), {label});
    parts_.telemetry.gauge("destination_parked", static_cast<double>(destination.parked), {label});
    parts_.telemetry.gauge("destination_ambiguous", static_cast<double>(destination.ambiguous),
                           {label});
    add_letter_metrics(destination.name);
    parts_.telemetry.gauge("destination_held", parts_.holds.of(destination.name) ? 1 : 0, {label});
    parts_.telemetry.gauge("destination_lag_seconds",
                           static_cast<double>(destination.lag.count()) / 1'000, {label});
    parts_.telemetry.gauge("destination_paused",
                           destination.state == DestinationState::paused ? 1 : 0, {label});
  }
  return parts_.telemetry.metrics_text();
}

}  // namespace tenon::app
