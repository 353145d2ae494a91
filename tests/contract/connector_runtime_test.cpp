// What holds for every ConnectorRuntime, in this process and in the sandbox.
#include "contract/connector_runtime_contract.hpp"

#include "backends/sandbox/sandbox_runtime.hpp"
#include "worker/in_process_runtime.hpp"

namespace tenon {
namespace {

struct InProcess {
  explicit InProcess(boost::asio::io_context&, Clock&, Random&) {
    std::map<ReleaseId, std::string> paths;
    for (const auto& name : test_connector_names()) paths[test_release(name)] = so_path_of(name);
    runtime = std::make_unique<InProcessRuntime>(std::move(paths));
  }
  std::unique_ptr<ConnectorRuntime> runtime;
};

struct Sandboxed {
  Sandboxed(boost::asio::io_context& io, Clock& clock, Random& random) {
    sandbox::Options options;
    options.worker_path = std::string(TENON_BINARY_DIR) + "/bin/tenon-worker";
    auto made =
        std::make_unique<SandboxRuntime>(io.get_executor(), clock, random, telemetry, options);
    for (const auto& name : test_connector_names()) {
      made->install(test_release(name), {so_path_of(name), "strict"});
    }
    missing = made->capabilities().missing();
    runtime = std::move(made);
  }
  SilentTelemetry telemetry;
  std::vector<std::string> missing;
  std::unique_ptr<ConnectorRuntime> runtime;
};

template <typename Backend>
class ConnectorRuntimeContract : public ConnectorRuntimeTest {
 protected:
  void SetUp() override {
    if constexpr (std::is_same_v<Backend, Sandboxed>) {
      if (!backend_.missing.empty()) GTEST_SKIP() << "cannot isolate here: " << backend_.missing[0];
    }
  }
  void TearDown() override { run(runtime().stop()); }
  ConnectorRuntime& runtime() override { return *backend_.runtime; }
  Backend backend_{io_, clock_, random_};
};

using Backends = ::testing::Types<InProcess, Sandboxed>;
TYPED_TEST_SUITE(ConnectorRuntimeContract, Backends);

TYPED_TEST(ConnectorRuntimeContract, RequestsGoOutAndOutcomesComeBack) {
  auto id = this->open("echo", R"({"region":"eu"})");
  ASSERT_TRUE(id) << id.error().text();
  auto first = this->step(*id, test_call("upsert", 3));
  ASSERT_TRUE(first) << first.error().text();
  EXPECT_EQ(first->status, 0);
  ASSERT_EQ(first->requests.size(), 3u);
  EXPECT_EQ(first->requests[2].body, "{\"n\":2}");
  EXPECT_EQ(first->requests[2].covers, std::vector<std::uint32_t>{2});
  EXPECT_EQ(first->requests[2].headers[0].second, "application/json");
  EXPECT_EQ(first->requests[2].effect, Effect::idempotent);
  EXPECT_TRUE(first->suspended);
  EXPECT_EQ(first->delay_ms, 5u);
  EXPECT_EQ(first->state, R"({"region":"eu"})");

  Call next = test_call("upsert", 3);
  next.step = 1;
  next.state = first->state;
  auto second = this->step(*id, next);
  ASSERT_TRUE(second) << second.error().text();
  ASSERT_EQ(second->outcomes.size(), 3u);
  EXPECT_EQ(second->outcomes[0].verdict, Verdict::accepted);
  EXPECT_EQ(second->outcomes[0].applied, Applied::yes);
  EXPECT_EQ(second->outcomes[0].detail, R"({"region":"eu"})");
  EXPECT_FALSE(second->suspended);
}

TYPED_TEST(ConnectorRuntimeContract, APullTellsWhatItsCheckpointCovers) {
  auto id = this->open("echo");
  ASSERT_TRUE(id);
  Call call;
  call.op = Op::pull;
  call.stream = "contacts";
  call.cursor = "c1";
  auto result = this->step(*id, call);
  ASSERT_TRUE(result) << result.error().text();
  ASSERT_EQ(result->emits.size(), 3u);
  EXPECT_TRUE(result->checkpointed);
  EXPECT_TRUE(result->more);
  EXPECT_EQ(result->emits_covered, 2u);
  EXPECT_EQ(result->cursor, "c1+");
  EXPECT_EQ(result->emits[2].id, "behind");
}

TYPED_TEST(ConnectorRuntimeContract, AReadBackGetsTheVendorsNameAndTellsByIndex) {
  auto id = this->open("echo");
  ASSERT_TRUE(id);
  Call call = test_call("upsert", 2);
  call.op = Op::readback;
  call.records[0].vendor_ref = "1001";
  auto result = this->step(*id, call);
  ASSERT_TRUE(result) << result.error().text();
  ASSERT_EQ(result->emits.size(), 2u);
  EXPECT_EQ(result->emits[0].id, "1001");
  EXPECT_EQ(result->emits[0].body, call.records[0].body);
  EXPECT_EQ(result->emits[1].index, 1u);
}

TYPED_TEST(ConnectorRuntimeContract, InstancesOfOneReleaseKeepTheirSettings) {
  auto a = this->open("echo", "a"), b = this->open("echo", "b");
  ASSERT_TRUE(a && b);
  EXPECT_NE(*a, *b);
  EXPECT_EQ(this->step(*a, test_call("direct"))->outcomes[0].detail, "a");
  EXPECT_EQ(this->step(*b, test_call("direct"))->outcomes[0].detail, "b");
  this->run(this->runtime().close(*a));
  EXPECT_EQ(this->step(*a, test_call("direct")).error().kind, ErrorKind::not_found);
  EXPECT_EQ(this->step(*b, test_call("direct"))->outcomes[0].detail, "b");
}

TYPED_TEST(ConnectorRuntimeContract, ALargestBatchCrossesAndOneByteMoreIsRefused) {
  auto id = this->open("echo");
  ASSERT_TRUE(id);
  Call call = test_call("upsert", 2);
  call.records[0].body.assign(kMaxCallBytes / 2, 'x');
  call.records[1].body.assign(kMaxCallBytes / 2, 'y');
  auto result = this->step(*id, call);
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->requests[1].body, call.records[1].body);
  call.records[1].body += 'y';
  EXPECT_EQ(this->step(*id, call).error().kind, ErrorKind::invalid);
  auto many = this->step(*id, test_call("upsert", kMaxCallRecords));
  ASSERT_TRUE(many) << many.error().text();
  EXPECT_EQ(many->requests.size(), kMaxCallRecords);
}

TYPED_TEST(ConnectorRuntimeContract, RefusedSettingsAreInvalidInTheConnectorsWords) {
  auto id = this->open("echo", R"({"region":"refuse"})");
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().kind, ErrorKind::invalid);
  EXPECT_NE(id.error().text().find("region: wanted eu or us"), std::string::npos);
  EXPECT_TRUE(this->open("echo"));
}

TYPED_TEST(ConnectorRuntimeContract, BadFilesAreRefusedEachInItsWords) {
  struct Case {
    const char* name;
    ErrorKind kind;
    const char* says;
  };
  for (const Case& one : {Case{"missing", ErrorKind::not_found, "no such file"},
                          Case{"corrupt", ErrorKind::corrupt, "tenon_corrupt.so"},
                          Case{"wrong_symbol", ErrorKind::unsupported, "tenon_connector_v1"},
                          Case{"wrong_abi", ErrorKind::unsupported, "ABI 1.9999"}}) {
    auto id = this->open(one.name);
    ASSERT_FALSE(id) << one.name;
    EXPECT_EQ(id.error().kind, one.kind) << id.error().text();
    EXPECT_NE(id.error().text().find(one.says), std::string::npos) << id.error().text();
  }
  EXPECT_EQ(this->open("never_installed").error().kind, ErrorKind::not_found);
}

TYPED_TEST(ConnectorRuntimeContract, AnExceptionIsAFailedStepAndNothingMore) {
  auto id = this->open("exception");
  ASSERT_TRUE(id);
  auto result = this->step(*id, test_call(""));
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->status, -6);
  EXPECT_EQ(result->explain,
            "deliver: step: wanted a status, found an exception: thrown on purpose");
  result = this->step(*id, test_call("int"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, -6);
}

TYPED_TEST(ConnectorRuntimeContract, MisuseOfTheSinkFailsTheStep) {
  auto id = this->open("garbage");
  ASSERT_TRUE(id);
  for (const char* action : {"index", "size", "null", "array", "huge", "half", "status"}) {
    auto result = this->step(*id, test_call(action));
    ASSERT_TRUE(result) << action << ": " << result.error().text();
    EXPECT_LT(result->status, 0) << action;
    EXPECT_TRUE(result->requests.empty() && result->outcomes.empty()) << action;
    if (std::string(action) != "status") {
      EXPECT_FALSE(result->explain.empty()) << action;
    }
  }
  EXPECT_EQ(this->step(*id, test_call("fine"))->status, 0);
}

TYPED_TEST(ConnectorRuntimeContract, OversizedSettingsAreRefused) {
  EXPECT_TRUE(this->open("echo", std::string(256 * 1024, 's')));
  EXPECT_EQ(this->open("echo", std::string(256 * 1024 + 1, 's')).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace tenon
