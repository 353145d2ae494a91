// The watch over the counts: what it tells of a remainder, and when.
#include "app/completeness_watch.hpp"

#include <gtest/gtest.h>

#include "backends/memory/sim_clock.hpp"

namespace tenon::app {
namespace {

TEST(CompletenessWatch, TellsOfARemainderThatStays) {
  SimClock clock;
  SilentTelemetry telemetry;
  CompletenessRows rows;
  HourRange asked;
  CompletenessDoors doors{clock, telemetry,
                          [&](const HourRange& range) {
                            asked = range;
                            return Result<CompletenessRows>(rows);
                          },
                          [](NameHash) { return std::string("web"); }};
  CompletenessWatch watch(std::move(doors));
  const Time hour = hour_of(clock.now());
  auto& row = rows[CompletenessKey{NameHash{1}, hour, "crm"}];
  row.decided = 5;
  row.delivered = 5;
  watch.look(clock.now());
  EXPECT_LE(asked.from, hour);
  EXPECT_TRUE(watch.conditions().empty());
  row.delivered = 3;
  watch.look(clock.now());
  EXPECT_TRUE(watch.conditions().empty()) << "it may be a moment only";
  watch.look(clock.now());
  const auto found = watch.conditions();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].subject, "web to crm");
  EXPECT_EQ(found[0].since, hour);
  EXPECT_EQ(found[0].destinations, std::vector<std::string>{"crm"});
  EXPECT_NE(found[0].reason.find("2 deliveries"), std::string::npos) << found[0].reason;
  row.pending = 2;
  watch.look(clock.now());
  EXPECT_TRUE(watch.conditions().empty());
}

}  // namespace
}  // namespace tenon::app
