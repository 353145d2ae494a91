// Telemetry: lines that are JSON whatever the data is, and metrics that Prometheus accepts.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "backends/telemetry/metrics.hpp"
#include "backends/telemetry/recording_telemetry.hpp"
#include "backends/telemetry/spd_telemetry.hpp"

namespace tenon {
namespace {

class SpdTelemetryContract : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "tenon-tel-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    TelemetryOptions options;
    options.file = folder_ + "/log";
    auto opened = SpdTelemetry::open(options);
    ASSERT_TRUE(opened);
    telemetry_ = std::move(*opened);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::vector<nlohmann::json> lines() {
    std::vector<nlohmann::json> out;
    std::ifstream file(folder_ + "/log");
    for (std::string line; std::getline(file, line);) out.push_back(nlohmann::json::parse(line));
    return out;
  }
  bool has(const std::string& line) const {
    return telemetry_->metrics_text().find(line + "\n") != std::string::npos;
  }
  std::string folder_;
  std::unique_ptr<SpdTelemetry> telemetry_;
};

TEST_F(SpdTelemetryContract, LinesAreJsonWhateverTheData) {
  telemetry_->log(LogLevel::warning, "destination.paused",
                  {{"destination", "crm"}, {"level", "forged\"}\n{"}, {"bytes", "\xff\x1b[31m"}});
  telemetry_->log(LogLevel::debug, "below.level", {});
  telemetry_->log(LogLevel::error, "long", {{"text", std::string(10'000, 'x')}});
  const auto got = lines();
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0]["event"], "destination.paused");
  EXPECT_EQ(got[0]["level"], "warning");
  EXPECT_EQ(got[0]["destination"], "crm");
  EXPECT_EQ(got[0]["field_level"], "forged\"}\n{");
  EXPECT_TRUE(got[0]["time"].get<std::string>().ends_with("Z"));
  EXPECT_EQ(got[1]["text"].get<std::string>().size(), kMaxLogFieldBytes + 3);
}

// Log lines are for people: a disk without room for them stops nothing.
TEST_F(SpdTelemetryContract, AFullDiskLosesLinesAndNothingElse) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  TelemetryOptions options;
  options.file = "/dev/full";
  auto opened = SpdTelemetry::open(options);
  ASSERT_TRUE(opened);
  for (int i = 0; i < 100; ++i) {
    (*opened)->log(LogLevel::error, "worker.output", {{"text", std::string(4'000, 'x')}});
    (*opened)->count("worker_starts", {}, 1);
  }
  EXPECT_NE((*opened)->metrics_text().find("tenon_worker_starts_total 100"), std::string::npos);
}

TEST_F(SpdTelemetryContract, CountersGaugesAndHistograms) {
  telemetry_->count("ingest_events", {{"source", "web"}}, 1);
  telemetry_->count("ingest_events", {{"source", "web"}}, 2);
  telemetry_->count("ingest_events", {{"source", "web"}}, -5);
  telemetry_->gauge("delivery_pending", 7, {});
  telemetry_->observe("egress_request_seconds", 0.02, {{"endpoint", "api"}});
  EXPECT_TRUE(has("tenon_ingest_events_total{source=\"web\"} 3"));
  EXPECT_TRUE(has("tenon_delivery_pending 7"));
  EXPECT_TRUE(has("tenon_egress_request_seconds_count{endpoint=\"api\"} 1"));
  EXPECT_TRUE(has("# HELP tenon_ingest_events_total Events received by source and result."));
  EXPECT_TRUE(has("# TYPE tenon_egress_request_seconds histogram"));
}

TEST_F(SpdTelemetryContract, UnknownNamesAndOddCharactersWork) {
  telemetry_->count("9 odd-name", {{"bad label", "a\"b\\c\nd\xff"}, {"le", "x"}}, 1);
  telemetry_->gauge("9 odd-name_total", 1, {});  // the name is taken by the counter: dropped
  const auto text = telemetry_->metrics_text();
  EXPECT_NE(text.find("tenon__9_odd_name_total{"), std::string::npos) << text;
  EXPECT_EQ(text.find("gauge"), std::string::npos);
}

TEST_F(SpdTelemetryContract, SeriesAreBounded) {
  for (std::size_t i = 0; i < kMaxSeriesPerMetric + 50; ++i) {
    telemetry_->count("ingest_events", {{"source", "s" + std::to_string(i)}}, 1);
  }
  EXPECT_TRUE(has("tenon_ingest_events_total{source=\"other\"} 50"));
  telemetry_->count("ingest_events", {{"source", "s0"}}, 1);
  EXPECT_TRUE(has("tenon_ingest_events_total{source=\"s0\"} 2"));
  for (std::size_t i = 0; i < kMaxMetrics + 50; ++i) {
    telemetry_->gauge("made_up_" + std::to_string(i), 1, {});
  }
  const auto text = telemetry_->metrics_text();
  std::size_t helps = 0;
  for (auto at = text.find("# HELP"); at != std::string::npos; at = text.find("# HELP", at + 1)) {
    ++helps;
  }
  EXPECT_EQ(helps, kMaxMetrics);
}

TEST_F(SpdTelemetryContract, PromtoolAcceptsIt) {
  const char* named = std::getenv("TENON_PROMTOOL");
  const std::string tool = named != nullptr ? named : "promtool";
  if (std::system(("command -v '" + tool + "' >/dev/null 2>&1").c_str()) != 0) {
    GTEST_SKIP() << "no promtool on PATH or in TENON_PROMTOOL";
  }
  telemetry_->count("ingest_events", {{"source", "web"}}, 1);
  telemetry_->gauge("delivery_pending", 7, {{"destination", "crm"}});
  telemetry_->observe("egress_request_seconds", 0.02, {{"endpoint", "api"}});
  telemetry_->observe("log_append_bytes", 2'000, {});
  std::ofstream(folder_ + "/metrics") << telemetry_->metrics_text();
  EXPECT_EQ(std::system(("'" + tool + "' check metrics < " + folder_ + "/metrics").c_str()), 0);
}

TEST(SpdTelemetry, AFileThatCannotBeOpenedIsAnError) {
  TelemetryOptions options;
  options.file = "/proc/no/such/log";
  const auto opened = SpdTelemetry::open(options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::unavailable);
}

TEST(RecordingTelemetry, KeepsWhatItIsTold) {
  RecordingTelemetry telemetry;
  telemetry.count("a", {{"x", "1"}}, 2);
  telemetry.count("a", {{"x", "2"}}, 3);
  telemetry.log(LogLevel::info, "event", {{"k", "v"}});
  EXPECT_EQ(telemetry.counters["a{x=1}"], 2);
  EXPECT_EQ(telemetry.total("a"), 5);
  ASSERT_EQ(telemetry.lines.size(), 1u);
}

}  // namespace
}  // namespace tenon
