// T12: damage to the newest chunk, as a real host meets it: what it says, and what is still there.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <regex>
#include <set>

#include "crash/ledger.hpp"
#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

struct Place {
  std::uint64_t partition = 0, offset = 0;
};

class T12 : public ::testing::Test {
 protected:
  // Events of one user, so in one partition; delivered, and the host stopped.
  void SetUp() override {
    world_.start_vendor();
    ASSERT_TRUE(world_.start_host());
    for (int i = 0; i < kEvents; ++i) {
      const std::string id = "m" + std::to_string(i);
      json event = track(id);
      event["userId"] = "one";
      ASSERT_EQ(world_.post("/v1/track", event).status, 200);
    }
    ASSERT_TRUE(world_.eventually_distinct(kEvents));
    world_.trace_until("m" + std::to_string(kEvents - 1), "inbox", "delivered");
    world_.host().signal(SIGTERM);
    ASSERT_EQ(world_.host().wait(), 0);
    for (const auto& entry : std::filesystem::directory_iterator(world_.data() + "/log")) {
      const auto file = entry.path() / "0000000000000000.chunk";
      if (!entry.is_directory()) continue;
      const std::string bytes = read_file(file);
      const auto end = bytes.find_last_not_of('\0') + 1;
      if (end > used_) {
        used_ = end;
        chunk_ = file;
      }
    }
  }

  void flip(std::uint64_t at, int bit) {
    std::string bytes = read_file(chunk_);
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
    write_file(chunk_, bytes);
  }

  // Which of the events the log still holds, by their message ids.
  std::set<std::string> there() {
    std::set<std::string> ids;
    const auto tail = world_.cli({"--json", "events", "tail", "--limit", "500"});
    std::istringstream lines(tail.output);
    for (std::string line; std::getline(lines, line);) {
      const auto event = json::parse(line, nullptr, false);
      if (event.is_object()) ids.insert(event.value("message_id", ""));
    }
    return ids;
  }

  static constexpr int kEvents = 40;
  World world_;
  std::string chunk_;
  std::uint64_t used_ = 0;
};

TEST_F(T12, ACutChunkKeepsAllBeforeTheCutAndSaysWhatWasCut) {
  std::mt19937 random(12);
  const std::uint64_t at = used_ / 2 + random() % (used_ / 4);
  std::filesystem::resize_file(chunk_, at);
  ASSERT_TRUE(world_.start_host());
  const std::string said = world_.host().output();
  std::smatch found;
  ASSERT_TRUE(std::regex_search(said, found, std::regex("cut (\\d+) bytes .* at offset (\\d+)")))
      << said;
  const auto cut_from = std::stoull(found[2]);
  EXPECT_NEAR(cut_from + std::stoull(found[1]), at, 64);  // zeros at its end are not told
  const auto doctor = world_.cli({"doctor"});
  EXPECT_NE(doctor.output.find("at offset " + found[2].str()), std::string::npos) << doctor.output;
  // What is there is a beginning without holes, and the host goes on.
  const auto left = there();
  EXPECT_LT(left.size(), kEvents);
  EXPECT_GT(left.size(), 5U);
  for (std::size_t i = 0; i < left.size(); ++i) {
    EXPECT_TRUE(left.contains("m" + std::to_string(i))) << i;
  }
  ASSERT_EQ(world_.post("/v1/track", track("after")).status, 200);
  world_.trace_until("after", "inbox", "delivered");
}

TEST_F(T12, FlippedBitsAreRefusedWithTheirPlaceAndSalvagedOnRequest) {
  std::mt19937 random(121);
  for (int i = 0; i < 4; ++i) flip(64 + random() % (used_ * 3 / 4), static_cast<int>(random() % 8));
  world_.spawn_host(world_.workspace());
  EXPECT_EQ(world_.host().wait(), 2);
  const std::string refused = world_.host().output();
  EXPECT_NE(refused.find("were on disk and are damaged now"), std::string::npos) << refused;
  EXPECT_NE(refused.find("--salvage"), std::string::npos) << refused;
  EXPECT_NE(refused.find(chunk_), std::string::npos) << refused;

  world_.host_arguments = {"--salvage"};
  ASSERT_TRUE(world_.start_host());
  const std::string said = world_.host().output();
  const std::regex lost("records from offset (\\d+) to (\\d+) were damaged and are lost");
  const auto doctor = world_.cli({"doctor"});
  std::size_t ranges = 0;
  std::uint64_t bytes = 0;
  for (auto at = std::sregex_iterator(said.begin(), said.end(), lost); at != std::sregex_iterator();
       ++at, ++ranges) {
    EXPECT_NE(doctor.output.find((*at)[0].str()), std::string::npos) << doctor.output;
    bytes += std::stoull((*at)[2]) - std::stoull((*at)[1]);
  }
  EXPECT_GT(ranges, 0U) << said;
  EXPECT_LT(bytes, used_ / 2);
  EXPECT_GE(there().size(), kEvents - 12U);
  ASSERT_EQ(world_.post("/v1/track", track("after")).status, 200);
  world_.trace_until("after", "inbox", "delivered");
  world_.host().signal(SIGTERM);
  EXPECT_EQ(world_.host().wait(), 0);

  // It is mended for good, and all else can be folded from what is left.
  world_.host_arguments.clear();
  std::filesystem::remove_all(world_.data() + "/state");
  ASSERT_TRUE(world_.start_host());
  ASSERT_EQ(world_.post("/v1/track", track("again")).status, 200);
  world_.trace_until("again", "inbox", "delivered");
}

}  // namespace
}  // namespace tenon::testing
