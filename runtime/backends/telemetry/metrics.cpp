// Families and series of metrics; nothing here may fail or grow without end.
#include "backends/telemetry/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "backends/telemetry/spd_telemetry.hpp"

namespace tenon {
namespace {

struct Help {
  std::string_view name, text;
};
constexpr std::array kHelp{
    Help{"egress_requests", "Requests to vendors by destination, endpoint and result."},
    Help{"egress_request_seconds",
         "Time of one exchange with a vendor, the host's resends included."},
    Help{"egress_resends", "Requests that the host itself sent again."},
    Help{"ingest_requests", "HTTP requests to ingest by result."},
    Help{"ingest_events", "Events received by source and result."},
    Help{"ingest_request_seconds", "Time from the end of a request's head to its answer."},
    Help{"ingest_rejected", "Events refused at ingest by reason."},
    Help{"log_appends", "Records appended to the log by stream."},
    Help{"log_append_seconds", "Time until an append was durable."},
    Help{"log_bytes", "Bytes appended to the log."},
    Help{"log_sync_seconds", "Time of one sync of the log."},
    Help{"pipeline_events", "Events decided by fate."},
    Help{"pipeline_slice_seconds", "Time of one slice of the pipeline."},
    Help{"pipeline_lag_bytes", "Bytes of the log not yet decided."},
    Help{"delivery_attempts", "Attempts begun by destination."},
    Help{"delivery_outcomes", "Deliveries ended by destination and fate."},
    Help{"delivery_pending", "Deliveries that wait for their time, by destination."},
    Help{"delivery_attempt_seconds", "Time of one attempt."},
    Help{"delivery_ambiguous", "Deliveries cut short that may have arrived."},
    Help{"delivery_resent", "Deliveries sent again after a crash."},
    Help{"spawner_starts", "Starts of the process that starts workers."},
    Help{"dead_letters", "Deliveries given up (dead, parked, ambiguous), by class."},
    Help{"dead_letters_oldest_seconds", "Age of the oldest dead letter; 0: there is none."},
    Help{"delivery_tries",
         "Deliveries in attempts begun, by destination: first tries and later ones."},
    Help{"destination_paused_by_host", "Destinations that the host paused by itself."},
    Help{"vendor_limit", "How many requests the vendor says it takes in all, by bucket."},
    Help{"vendor_limit_remaining", "How many more it says that it takes for now."},
    Help{"start_time_seconds", "When the host began to serve, in seconds since 1970."},
    Help{"completeness_remainder",
         "Events (no destination) or deliveries of the last days that are in no fate."},
    Help{"completeness_recent", "Events and deliveries of the last days by what became of them."},
    Help{"notices", "Notices of what needs a person, by name."},
    Help{"notices_open", "Conditions that need a person now."},
    Help{"destination_held", "1 while a destination waits for its vendor or its credential."},
    Help{"destination_lag_seconds", "Age of the oldest event that waits, by destination."},
    Help{"disk_free_bytes", "Free for the data folder."},
    Help{"disk_size_bytes", "Size of the data folder's file system."},
    Help{"oauth_exchanges", "Requests for OAuth tokens, by destination."},
    Help{"oauth_exchanges_failed", "Tries that gave no token and come again, by destination."},
    Help{"oauth_reconnect_needed", "Times at which a destination began to need a person."},
    Help{"oauth_tokens_refused", "Tokens that a vendor answered by 401, by destination."},
    Help{"secret_memory_bytes", "Secrets in locked memory, which neither swap nor core files get."},
    Help{"secret_memory_outside_bytes", "Secrets that found no room there."},
    Help{"worker_starts", "Worker processes started by release."},
    Help{"worker_deaths", "Worker processes that died by release and cause."},
    Help{"worker_step_seconds", "Time of one step of a connector."},
};

std::string label_key(Telemetry::Labels labels) {
  std::string key;
  for (const auto& [name, value] : labels) {
    key.append(name).push_back('\x1f');
    key.append(value).push_back('\x1e');
  }
  return key;
}

std::string valid_utf8(std::string_view text) {
  // Labels are names; other bytes than visible ASCII are rare and only need to be harmless.
  std::string out(text.substr(0, 128));
  for (char& c : out) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return out;
}

prometheus::Labels labels_of(Telemetry::Labels labels, bool other) {
  prometheus::Labels out;
  for (const auto& [name, value] : labels) {
    std::string key = metric_name(name);
    if (key.starts_with("__") || key == "le" || key == "quantile") key = "label_" + key;
    out[key] = other ? "other" : valid_utf8(value);
  }
  return out;
}

}  // namespace

std::string help_of(std::string_view name) {
  for (const auto& row : kHelp) {
    if (row.name == name) return std::string(row.text);
  }
  std::string words(name);
  std::replace(words.begin(), words.end(), '_', ' ');
  return "Tenon: " + words + ".";
}

std::vector<double> buckets_of(std::string_view name) {
  if (name.ends_with("_seconds")) {
    return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
  }
  if (name.ends_with("_bytes")) {
    return {256, 1'024, 4'096, 16'384, 65'536, 262'144, 1'048'576, 4'194'304, 16'777'216};
  }
  return {1, 2, 5, 10, 20, 50, 100, 200, 500, 1'000, 2'000, 5'000, 10'000};
}

std::string metric_name(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, 128)) {
    const bool digit = c >= '0' && c <= '9';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (out.empty() && digit) out += '_';
    out += digit || letter ? c : '_';
  }
  return out.empty() ? "_" : out;
}

template <typename Metric, typename Make, typename Add>
Metric* Metrics::series(Kind<Metric>& kind, std::string_view name, Telemetry::Labels labels,
                        Make make, Add add) {
  auto entry = kind.entries.find(name);
  if (entry == kind.entries.end()) {
    if (taken_.size() >= kMaxMetrics) return nullptr;
    std::string full = make.full_name(name);
    if (!taken_.emplace(full, make.letter).second) return nullptr;
    typename Kind<Metric>::Entry made;
    made.family = &make.family(full, help_of(name), registry_);
    entry = kind.entries.emplace(std::string(name), std::move(made)).first;
  }
  auto& known = entry->second.series;
  std::string key = label_key(labels);
  const auto it = known.find(key);
  if (it != known.end()) return it->second;
  const bool other = labels.size() > 0 && known.size() >= kMaxSeriesPerMetric;
  if (other) {
    // One series for all that is over the limit, per set of label names; not remembered by value.
    return &add(*entry->second.family, labels_of(labels, true));
  }
  Metric* made = &add(*entry->second.family, labels_of(labels, false));
  known.emplace(std::move(key), made);
  return made;
}

namespace {

std::string full_name_of(std::string_view name, std::string_view suffix) {
  return "tenon_" + metric_name(name) + std::string(suffix);
}

struct MakeCounter {
  static constexpr char letter = 'c';
  static std::string full_name(std::string_view name) {
    return full_name_of(name, name.ends_with("_total") ? "" : "_total");
  }
  static auto& family(const std::string& name, const std::string& help,
                      prometheus::Registry& registry) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
};
struct MakeGauge {
  static constexpr char letter = 'g';
  static std::string full_name(std::string_view name) { return full_name_of(name, ""); }
  static auto& family(const std::string& name, const std::string& help,
                      prometheus::Registry& registry) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
};
struct MakeHistogram {
  static constexpr char letter = 'h';
  static std::string full_name(std::string_view name) { return full_name_of(name, ""); }
  static auto& family(const std::string& name, const std::string& help,
                      prometheus::Registry& registry) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }
};

}  // namespace

void Metrics::count(std::string_view name, Telemetry::Labels labels, double by) {
  if (!(by >= 0) || !std::isfinite(by)) return;
  const std::lock_guard lock(mutex_);
  auto add = [](auto& family, const prometheus::Labels& l) -> auto& { return family.Add(l); };
  if (auto* counter = series(counters_, name, labels, MakeCounter{}, add)) counter->Increment(by);
}

void Metrics::gauge(std::string_view name, double value, Telemetry::Labels labels) {
  const std::lock_guard lock(mutex_);
  auto add = [](auto& family, const prometheus::Labels& l) -> auto& { return family.Add(l); };
  if (auto* gauge = series(gauges_, name, labels, MakeGauge{}, add)) gauge->Set(value);
}

void Metrics::observe(std::string_view name, double value, Telemetry::Labels labels) {
  if (!std::isfinite(value)) return;
  const std::lock_guard lock(mutex_);
  auto add = [&](auto& family, const prometheus::Labels& l) -> auto& {
    return family.Add(l, buckets_of(name));
  };
  if (auto* histogram = series(histograms_, name, labels, MakeHistogram{}, add)) {
    histogram->Observe(value);
  }
}

std::string Metrics::text() const {
  const std::lock_guard lock(mutex_);
  auto families = registry_.Collect();
  std::sort(families.begin(), families.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace tenon
