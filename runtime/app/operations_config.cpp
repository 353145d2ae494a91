// Operations on the configuration, and the completeness counts.
#include <algorithm>
#include <map>
#include <tuple>

#include "app/operations.hpp"

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
    const auto done = parts_.reconfigure();
    if (!done) co_return Error(done.error());
  }
  co_return answer;
}

// Rows by (source, destination, hour); destination "" counts events, the others deliveries.
std::vector<CompletenessRow> HostOperations::completeness() {
  using Key = std::tuple<std::string, std::string, std::int64_t>;
  std::map<Key, CompletenessRow> rows;
  const auto workspace = parts_.config.workspace();
  const auto row_of = [&](NameHash source, const std::string& destination,
                          std::int64_t hour) -> CompletenessRow& {
    const Source* known = workspace ? workspace->source(source) : nullptr;
    const std::string name = known != nullptr ? known->name.value : "(removed)";
    CompletenessRow& row = rows[Key(name, destination, hour)];
    row.source = name;
    row.destination = destination;
    row.hour = time_from_us(hour * 3'600'000'000);
    return row;
  };
  const auto events = parts_.pipeline.counts(0, INT64_MAX);
  for (const auto& count : events ? *events : std::vector<pipeline::HourCount>{}) {
    CompletenessRow& row = row_of(count.source, "", count.hour);
    if (count.rejected) {
      row.rejected += count.count;
      continue;
    }
    row.received += count.count;
    switch (count.fate) {
      case EventFate::routed: row.routed += count.count; break;
      case EventFate::no_route: row.no_route += count.count; break;
      case EventFate::duplicate: row.duplicate += count.count; break;
      case EventFate::invalid: row.invalid += count.count; break;
      case EventFate::none: break;
    }
  }
  for (const auto& [name, runner] : parts_.delivery.runners()) {
    const auto counts = runner->fold().counts(0, INT64_MAX);
    if (!counts) continue;
    for (const auto& count : *counts) {
      CompletenessRow& row = row_of(count.source, name, count.hour);
      const auto by = static_cast<std::uint64_t>(std::max<std::int64_t>(0, count.count));
      switch (count.kind) {
        case delivery::CountKind::routed: row.routed += by; break;
        case delivery::CountKind::filtered: row.filtered += by; break;
        case delivery::CountKind::delivered: row.delivered += by; break;
        case delivery::CountKind::skipped: row.skipped += by; break;
        case delivery::CountKind::dead: row.dead += by; break;
        case delivery::CountKind::parked: row.parked += by; break;
        case delivery::CountKind::ambiguous: row.ambiguous += by; break;
        case delivery::CountKind::none: break;
      }
    }
  }
  std::vector<CompletenessRow> all;
  for (auto& [key, row] : rows) {
    const std::uint64_t done = row.delivered + row.skipped + row.dead + row.parked + row.ambiguous;
    if (!row.destination.empty()) row.pending = row.routed - std::min(row.routed, done);
    all.push_back(std::move(row));
  }
  return all;
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
  parts_.telemetry.gauge("pipeline_lag_bytes", static_cast<double>(parts_.pipeline.lag()), {});
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
    parts_.telemetry.gauge("destination_paused",
                           destination.state == DestinationState::paused ? 1 : 0, {label});
  }
  return parts_.telemetry.metrics_text();
}

}  // namespace tenon::app
