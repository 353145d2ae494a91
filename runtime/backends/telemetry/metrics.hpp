// Metrics: families by name with bounded series, on top of prometheus-cpp.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ports/telemetry.hpp"

namespace tenon {

// The help text of a metric (name without prefix and unit suffix of counters), or a general one.
std::string help_of(std::string_view name);
// Upper bounds of a histogram's buckets by the unit at the end of its name.
std::vector<double> buckets_of(std::string_view name);
// Only what Prometheus allows in a name: letters, digits and "_", no digit first.
std::string metric_name(std::string_view name);

// Any thread.
class Metrics {
 public:
  void count(std::string_view name, Telemetry::Labels labels, double by);
  void gauge(std::string_view name, double value, Telemetry::Labels labels);
  void observe(std::string_view name, double value, Telemetry::Labels labels);
  std::string text() const;

 private:
  template <typename Metric>
  struct Kind {
    struct Entry {
      prometheus::Family<Metric>* family = nullptr;
      std::unordered_map<std::string, Metric*> series;  // by their labels
    };
    std::map<std::string, Entry, std::less<>> entries;
  };
  // Null: too many names, or the name serves another kind already.
  template <typename Metric, typename Make, typename Add>
  Metric* series(Kind<Metric>& kind, std::string_view name, Telemetry::Labels labels, Make make,
                 Add add);

  mutable std::mutex mutex_;
  prometheus::Registry registry_{prometheus::Registry::InsertBehavior::Merge};
  Kind<prometheus::Counter> counters_;
  Kind<prometheus::Gauge> gauges_;
  Kind<prometheus::Histogram> histograms_;
  std::map<std::string, char, std::less<>> taken_;  // full name -> kind
};

}  // namespace tenon
