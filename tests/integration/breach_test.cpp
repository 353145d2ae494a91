// Connectors that break the contract, one destination each: the operator reads of each what it did,
// and the sound one beside them delivers.
#include <gtest/gtest.h>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

struct Breach {
  const char* connector;
  const char* says;
};
constexpr Breach kBreaches[] = {
    {"size_short", "size_short@1.0.0: deliver: request.size: wanted 176 to 4096, found 8"},
    {"covers_range",
     "covers_range@1.0.0: deliver: request.covers[0]: wanted an index below 1, found 7"},
    {"state_large",
     "state_large@1.0.0: deliver: suspend.state: wanted at most 1048576 bytes, found 1048577"},
    {"outcome_twice_later",
     "outcome_twice_later@1.0.0: deliver: outcome: wanted one for record 0 in the call, found a"},
    {"throws", "the worker of throws@1.0.0"},
    {"pointer_wild", "the worker of pointer_wild@1.0.0"},
    {"minor_newer", "was built for ABI 1.7, this host speaks up to 1.0"},
};

// The destination of a connector: names of destinations have no underscore.
std::string destination_of(std::string connector) {
  for (char& c : connector) c = c == '_' ? '-' : c;
  return connector;
}

std::string so(const std::string& name) { return TENON_BINARY_DIR "/breaches/" + name + ".so"; }

TEST(Breach, IsReadByTheOperatorAndItsNeighboursGoOn) {
  World world;
  world.start_vendor();
  world.add_connector(TENON_BINARY_DIR "/connectors/webhook.so");
  std::string more;
  for (const auto& breach : kBreaches) {
    world.add_connector(so(breach.connector));
    const std::string name = destination_of(breach.connector);
    more += "[[destinations]]\nname = \"" + name + "\"\nconnector = \"" + breach.connector +
            "\"\n[[routes]]\nname = \"" + name + "\"\ndestination = \"" + name +
            "\"\naction = \"send\"\n";
  }
  ASSERT_TRUE(world.start_host_with(world.workspace() + more));
  ASSERT_EQ(world.post("/v1/track", track("m1")).status, 200);
  world.trace_until("m1", "inbox", "delivered");
  for (const auto& breach : kBreaches) {
    json delivery;
    EXPECT_TRUE(eventually([&] {
      delivery = delivery_of(world.trace("m1"), destination_of(breach.connector));
      return delivery.is_object() && delivery.dump().find(breach.says) != std::string::npos;
    })) << breach.connector
        << ": " << delivery;
    EXPECT_NE(delivery["state"], "delivered") << breach.connector;
  }
  const Finished told = world.cli({"explain", "--message-id", "web:m1"});
  EXPECT_NE(told.output.find(kBreaches[1].says), std::string::npos) << told.output;
  EXPECT_TRUE(world.healthy());
  world.host().signal(SIGTERM);
  EXPECT_EQ(world.host().wait(), 0) << world.host().output();
}

}  // namespace
}  // namespace tenon::testing
