// Workspace files and connectors that are wrong: a clear text and a status, never a crash.
#include <gtest/gtest.h>

#include <filesystem>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

struct Mistake {
  const char *name, *instead_of, *text, *place;
};
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }

class WorkspaceMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(WorkspaceMistake, IsToldWithLineAndKeyAndEndsWith2) {
  World world;
  world.start_vendor();
  auto text = world.workspace();
  const std::string old = GetParam().instead_of;
  const auto at = text.find(old);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, old.size(), GetParam().text);
  world.spawn_host(text);
  EXPECT_EQ(world.host().wait(), 2);
  const auto said = world.host().output();
  EXPECT_NE(said.find("workspace.toml:"), std::string::npos) << said;
  EXPECT_NE(said.find(GetParam().place), std::string::npos) << said;
  EXPECT_EQ(said.find("AddressSanitizer"), std::string::npos) << said;
}

INSTANTIATE_TEST_SUITE_P(
    BadStart, WorkspaceMistake,
    ::testing::Values(
        Mistake{"Syntax", "tenant = \"test\"", "tenant = = \"test\"", "workspace.toml:1:"},
        Mistake{"UnknownKey", "workspace = \"main\"", "workspace = \"main\"\ncolour = 1",
                "workspace.toml:3:"},
        Mistake{"WrongType", "max_batch = 10", "max_batch = \"ten\"", "max_batch"},
        Mistake{"OutOfRange", "max_batch = 10", "max_batch = 100000", "max_batch"},
        Mistake{"NoConsent", "consent = \"not_enforced\"\n", "", "consent"},
        Mistake{"LiteralSecret", "\"env:TEST_WRITE_KEY\"", "\"plain-secret\"", "write_key"},
        Mistake{"UnknownDestination", "destination = \"inbox\"", "destination = \"outbox\"",
                "outbox"},
        Mistake{"UnknownConnector", "connector = \"webhook\"", "connector = \"webhoook\"",
                "webhoook"},
        Mistake{"UnknownAction", "action = \"send\"", "action = \"sendd\"", "action"},
        Mistake{"NoCredential", "key = \"env:TEST_INBOX_KEY\"", "", "key"},
        Mistake{"UnknownSetting", "[destinations.settings]\n", "[destinations.settings]\nuri = 1\n",
                "uri"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(BadStart, AnOptOutOfNothingIsTold) {
  World world;
  world.start_vendor();
  world.host_arguments = {"--isolation-none-i-accept", "webhoook"};
  world.spawn_host(world.workspace());
  EXPECT_EQ(world.host().wait(), 2);
  const auto said = world.host().output();
  EXPECT_NE(said.find("found webhoook"), std::string::npos) << said;
}

TEST(BadStart, NoWorkspaceOrNoFile) {
  World world;
  world.start_vendor();
  world.host_arguments = {"--workspace", world.folder() / "none.toml"};
  const auto none =
      run({program("tenond"), "--data", world.data(), "--workspace", world.folder() / "none.toml",
           "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"});
  EXPECT_EQ(none.status, 2) << none.output;
  EXPECT_NE(none.output.find("none.toml"), std::string::npos) << none.output;
  const auto nothing = run({program("tenond"), "--data", world.data(), "--listen", "127.0.0.1:0",
                            "--metrics-listen", "127.0.0.1:0"});
  EXPECT_EQ(nothing.status, 2) << nothing.output;
  EXPECT_NE(nothing.output.find("--workspace"), std::string::npos) << nothing.output;
}

TEST(BadStart, AMissingOrCorruptConnectorThatIsNeeded) {
  World world;
  world.start_vendor();
  const auto copy = world.add_connector(TENON_BINARY_DIR "/connectors/webhook.so");
  const auto good = read_file(copy);
  for (const auto& content :
       {good.substr(0, good.size() / 2), std::string("no ELF at all"), std::string()}) {
    write_file(copy, content);
    world.spawn_host(world.workspace());
    EXPECT_EQ(world.host().wait(), 2) << world.host().output();
    EXPECT_NE(world.host().output().find("webhook"), std::string::npos) << world.host().output();
  }
  std::filesystem::remove(copy);
  world.spawn_host(world.workspace());
  EXPECT_EQ(world.host().wait(), 2) << world.host().output();
  EXPECT_NE(world.host().output().find("webhook"), std::string::npos) << world.host().output();
  write_file(copy, good);  // and with it back it starts
  EXPECT_TRUE(world.start_host());
}

TEST(BadStart, ACorruptConnectorThatNobodyNeedsIsOnlyTold) {
  World world;
  world.start_vendor();
  world.add_connector(TENON_BINARY_DIR "/connectors/webhook.so");
  write_file(world.folder() / "connectors/broken.so", "no ELF at all");
  ASSERT_TRUE(world.start_host());
  EXPECT_NE(world.host().output().find("broken.so"), std::string::npos) << world.host().output();
  ASSERT_EQ(world.post("/v1/track", track("m1")).status, 200);
  world.trace_until("m1", "inbox", "delivered");
}

TEST(BadStart, AnUnreadableWriteKeyIsNotReadyAndSaysWhy) {
  World world;
  world.start_vendor();
  auto text = world.workspace();
  const std::string key = "env:TEST_WRITE_KEY";
  text.replace(text.find(key), key.size(), "file:" + (world.folder() / "no-such-key"));
  world.spawn_host(text);
  // Not ready, so only the ports are waited for.
  ASSERT_TRUE(eventually([&] {
    return read_file(world.data() + "/ports").find("metrics=") != std::string::npos;
  })) << world.host().output();
  const auto ports = read_file(world.data() + "/ports");
  const auto port = ports.substr(ports.find("metrics=") + 8);
  const std::string metrics = "http://127.0.0.1:" + port.substr(0, port.find('\n'));
  Answer ready;
  ASSERT_TRUE(eventually([&] {
    ready = http("GET", metrics + "/readyz");
    return ready.status == 503;
  }));
  EXPECT_NE(ready.body.find("web"), std::string::npos) << ready.body;
  EXPECT_EQ(http("GET", metrics + "/healthz").status, 200);
  const auto ingest = ports.substr(ports.find("ingest=") + 7);
  const auto refused =
      http("POST", "http://127.0.0.1:" + ingest.substr(0, ingest.find('\n')) + "/v1/track",
           track("m1").dump(), {World::kAuthorization});
  EXPECT_EQ(refused.status, 429) << refused.body;
}

}  // namespace
}  // namespace tenon::testing
