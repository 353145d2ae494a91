// Telemetry: counts, observations and log lines. Never blocks, never fails, never sees a secret.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tenon {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

class Telemetry {
 public:
  using Label = std::pair<std::string_view, std::string_view>;
  using Labels = std::initializer_list<Label>;

  virtual ~Telemetry() = default;
  // Names are without prefix and unit-suffixed: "ingest_events" becomes tenon_ingest_events_total.
  virtual void count(std::string_view name, Labels labels = {}, double by = 1) = 0;
  virtual void gauge(std::string_view name, double value, Labels labels = {}) = 0;
  // A histogram; `name` ends in its unit (_seconds, _bytes, or none for counts).
  virtual void observe(std::string_view name, double value, Labels labels = {}) = 0;
  // `event` is a stable word like "destination.paused"; fields say the rest.
  virtual void log(LogLevel level, std::string_view event, Labels fields = {}) = 0;
};

// For tests and tools that do not care.
class SilentTelemetry final : public Telemetry {
 public:
  void count(std::string_view, Labels, double) override {}
  void gauge(std::string_view, double, Labels) override {}
  void observe(std::string_view, double, Labels) override {}
  void log(LogLevel, std::string_view, Labels) override {}
};

}  // namespace tenon
