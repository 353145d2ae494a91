// Tokens of a real host: made on the command line, used over TCP, rotated, revoked, and there after
// kill -9.
#include <gtest/gtest.h>

#include <filesystem>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

class TokenHost : public ::testing::Test {
 protected:
  void SetUp() override {
    world_.start_vendor();
    world_.host_arguments = {"--api-listen", "127.0.0.1:0"};
    ASSERT_TRUE(world_.start_host());
  }
  nlohmann::json make(const std::string& scope, std::vector<std::string> more = {}) const {
    std::vector<std::string> command = {"token", "create", "dashboard", "--scope", scope};
    command.insert(command.end(), more.begin(), more.end());
    return world_.tenon(command);
  }
  Answer get(const std::string& path, const std::string& token) const {
    return http("GET", world_.api() + path, "", {"authorization: Bearer " + token});
  }
  bool anywhere(const std::string& value) const {
    std::string all = world_.host().output();
    for (const auto& entry : std::filesystem::recursive_directory_iterator(world_.data())) {
      if (entry.is_regular_file()) all += read_file(entry.path());
    }
    all += world_.cli({"token", "list"}).output + world_.cli({"doctor"}).output;
    return all.find(value) != std::string::npos;
  }
  mutable World world_;
};

TEST_F(TokenHost, ATokenFromItsMakingToItsEnd) {
  const auto made = make("read:destinations");
  const std::string value = made["value"], id = made["id"];
  EXPECT_EQ(http("GET", world_.api() + "/api/v1/destinations").status, 401);
  EXPECT_EQ(get("/api/v1/destinations", value).status, 200);
  EXPECT_EQ(get("/api/v1/vault", value).status, 403);
  EXPECT_EQ(get("/api/v1/destinations", value.substr(0, value.size() - 1)).status, 401);
  // A crash takes nothing back, and the value is nowhere to be read.
  world_.host().signal(SIGKILL);
  world_.host().wait();
  ASSERT_TRUE(world_.start_host());
  EXPECT_EQ(get("/api/v1/destinations", value).status, 200);
  EXPECT_FALSE(anywhere(value));
  EXPECT_FALSE(anywhere(value.substr(value.rfind('_') - 52, 52)));
  const std::string fresh = world_.tenon({"token", "rotate", id, "--overlap", "1h"})["value"];
  EXPECT_EQ(get("/api/v1/destinations", value).status, 200);
  EXPECT_EQ(get("/api/v1/destinations", fresh).status, 200);
  EXPECT_EQ(world_.cli({"token", "revoke", id}).status, 0);
  world_.host().signal(SIGKILL);
  world_.host().wait();
  ASSERT_TRUE(world_.start_host());
  EXPECT_EQ(get("/api/v1/destinations", value).status, 401);
  EXPECT_EQ(get("/api/v1/destinations", fresh).status, 401);
  EXPECT_EQ(world_.cli({"token", "revoke", id}).status, 1);
}

TEST_F(TokenHost, DoctorNamesOneThatIsInUseAndEndsSoon) {
  const auto ending = make("read:destinations", {"--expires", "2d"});
  const std::string unused = make("read:events", {"--expires", "2d"})["id"];
  const std::string lasting = make("read:destinations")["id"];
  EXPECT_EQ(get("/api/v1/destinations", ending["value"]).status, 200);
  const std::string said = world_.cli({"doctor"}).output;
  EXPECT_NE(said.find("tenon token rotate " + ending["id"].get<std::string>()), std::string::npos)
      << said;
  EXPECT_EQ(said.find(unused), std::string::npos) << said;
  EXPECT_EQ(said.find(lasting), std::string::npos) << said;
}

TEST_F(TokenHost, ARateHoldsAndMeansNothingToOthers) {
  const std::string slow = make("read:destinations", {"--per-minute", "2"})["value"];
  const std::string other = make("read:destinations")["value"];
  EXPECT_EQ(get("/api/v1/destinations", slow).status, 200);
  EXPECT_EQ(get("/api/v1/destinations", slow).status, 200);
  EXPECT_EQ(get("/api/v1/destinations", slow).status, 429);
  EXPECT_EQ(get("/api/v1/destinations", other).status, 200);
  EXPECT_EQ(world_.cli({"destinations", "list"}).status, 0);
  EXPECT_EQ(world_.cli({"token", "create", "x", "--scope", "admin"}).status, 1);
  EXPECT_EQ(world_.cli({"token", "create", "x", "--scope", "read:*", "--expires", "soon"}).status,
            2);
}

}  // namespace
}  // namespace tenon::testing
