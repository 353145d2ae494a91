// RecordingTelemetry: keeps what it is told, for tests.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ports/telemetry.hpp"

namespace tenon {

// One thread. Series are named "name{label=value,...}" with the labels in the order given.
class RecordingTelemetry final : public Telemetry {
 public:
  struct Line {
    LogLevel level = LogLevel::info;
    std::string event;
    std::vector<std::pair<std::string, std::string>> fields;
  };

  void count(std::string_view name, Labels labels, double by) override {
    counters[series(name, labels)] += by;
  }
  void gauge(std::string_view name, double value, Labels labels) override {
    gauges[series(name, labels)] = value;
  }
  void observe(std::string_view name, double value, Labels labels) override {
    observations[series(name, labels)].push_back(value);
  }
  void log(LogLevel level, std::string_view event, Labels fields) override {
    Line line;
    line.level = level;
    line.event = event;
    for (const auto& [name, value] : fields) line.fields.emplace_back(name, value);
    lines.push_back(std::move(line));
  }

  // Sum over all series of a counter.
  double total(std::string_view name) const {
    double sum = 0;
    for (const auto& [key, value] : counters) {
      if (std::string_view(key).substr(0, key.find('{')) == name) sum += value;
    }
    return sum;
  }

  std::map<std::string, double> counters, gauges;
  std::map<std::string, std::vector<double>> observations;
  std::vector<Line> lines;

 private:
  static std::string series(std::string_view name, Labels labels) {
    std::string key(name);
    key += '{';
    for (const auto& [label, value] : labels) {
      if (key.back() != '{') key += ',';
      key.append(label).append("=").append(value);
    }
    return key += '}';
  }
};

}  // namespace tenon
