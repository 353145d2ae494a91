// Log lines: one JSON object each, so that data can never look like structure.
#include "backends/telemetry/spd_telemetry.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "backends/telemetry/metrics.hpp"
#include "base/time.hpp"

namespace tenon {
namespace {

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view name_of_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return "info";
}

std::string line_of(LogLevel level, std::string_view event, Telemetry::Labels fields) {
  const auto now = std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now());
  nlohmann::ordered_json line;
  line["time"] = to_rfc3339(now);
  line["level"] = std::string(name_of_level(level));
  line["event"] = std::string(event.substr(0, kMaxLogFieldBytes));
  for (const auto& [name, value] : fields) {
    const std::string key = name == "time" || name == "level" || name == "event"
                                ? "field_" + std::string(name)
                                : std::string(name);
    std::string text(value.substr(0, kMaxLogFieldBytes));
    if (text.size() < value.size()) text += "...";
    line[key] = std::move(text);
  }
  return line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

struct SpdTelemetry::State {
  std::unique_ptr<spdlog::logger> logger;
  Metrics metrics;
};

SpdTelemetry::SpdTelemetry(std::unique_ptr<State> state) : state_(std::move(state)) {}
SpdTelemetry::~SpdTelemetry() = default;

Result<std::unique_ptr<SpdTelemetry>> SpdTelemetry::open(TelemetryOptions options) {
  spdlog::sink_ptr sink;
  try {
    if (options.file.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file);
    }
  } catch (const spdlog::spdlog_ex& e) {
    return unavailable(std::string("cannot be opened: ") + e.what(), options.file);
  }
  auto state = std::make_unique<State>();
  state->logger = std::make_unique<spdlog::logger>("tenon", std::move(sink));
  state->logger->set_pattern("%v");
  state->logger->set_level(level_of(options.level));
  state->logger->flush_on(spdlog::level::debug);
  // A full disk must not end the host, and must not be told on the same channel.
  state->logger->set_error_handler([](const std::string&) {});
  return std::unique_ptr<SpdTelemetry>(new SpdTelemetry(std::move(state)));
}

void SpdTelemetry::count(std::string_view name, Labels labels, double by) {
  state_->metrics.count(name, labels, by);
}
void SpdTelemetry::gauge(std::string_view name, double value, Labels labels) {
  state_->metrics.gauge(name, value, labels);
}
void SpdTelemetry::observe(std::string_view name, double value, Labels labels) {
  state_->metrics.observe(name, value, labels);
}

void SpdTelemetry::log(LogLevel level, std::string_view event, Labels fields) {
  if (!state_->logger->should_log(level_of(level))) return;
  state_->logger->log(level_of(level), line_of(level, event, fields));
}

std::string SpdTelemetry::metrics_text() const { return state_->metrics.text(); }

}  // namespace tenon
