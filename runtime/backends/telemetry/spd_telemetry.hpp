// SpdTelemetry: log lines as JSON through spdlog, metrics in a Prometheus registry.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "ports/telemetry.hpp"

namespace tenon {

constexpr std::size_t kMaxSeriesPerMetric = 256;  // label sets; further ones count as "other"
constexpr std::size_t kMaxMetrics = 512;          // names; further ones are not kept
constexpr std::size_t kMaxLogFieldBytes = 4'096;  // of one value; cut beyond

struct TelemetryOptions {
  std::string file;  // "" = stderr; else appended to
  LogLevel level = LogLevel::info;
};

// Any thread. Each line is one JSON object: {"time":..,"level":..,"event":..,fields...}, written at
// once. Metrics: "tenon_" in front, "_total" behind counters, buckets by the name's unit.
class SpdTelemetry final : public Telemetry {
 public:
  // unavailable: the file cannot be opened.
  static Result<std::unique_ptr<SpdTelemetry>> open(TelemetryOptions options);
  ~SpdTelemetry() override;

  void count(std::string_view name, Labels labels, double by) override;
  void gauge(std::string_view name, double value, Labels labels) override;
  void observe(std::string_view name, double value, Labels labels) override;
  void log(LogLevel level, std::string_view event, Labels fields) override;

  // All metrics in Prometheus' text format 0.0.4.
  std::string metrics_text() const;

 private:
  struct State;
  explicit SpdTelemetry(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tenon
