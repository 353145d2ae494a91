// Connectors of the past on today's host and worker, today's and tomorrow's on each other.
#include "backends/sandbox/sandbox_runtime.hpp"
#include "conformance/abi/headers.hpp"
#include "contract/connector_runtime_contract.hpp"
#include "worker/in_process_runtime.hpp"

namespace tenon {
namespace {

namespace fs = std::filesystem;

const std::string kBuilt = TENON_BINARY_DIR "/frozen/";
const std::string kFrozen = TENON_SOURCE_DIR "/tests/conformance/frozen/";
const std::string kBin = TENON_BINARY_DIR "/bin/";

// One file on one host. `seen`: how far the file's side saw the call's struct reach.
struct Pair {
  std::string name, so, host, seen;
};
void PrintTo(const Pair& pair, std::ostream* out) { *out << pair.name; }

// Each frozen file on today's host, in this process and in the sandbox, and in tomorrow's worker;
// today's and tomorrow's files likewise.
std::vector<Pair> pairs() {
  std::vector<Pair> out;
  for (const auto& entry : fs::directory_iterator(kFrozen)) {
    if (!entry.is_directory()) continue;
    std::string minor = "frozen_" + entry.path().filename().string();
    for (char& c : minor) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    const std::string so = entry.path().string() + "/frozen.so";
    out.push_back({minor + "_in_process", so, "in process", "now"});
    out.push_back({minor + "_in_todays_worker", so, "tenon-worker", "now"});
    out.push_back({minor + "_in_tomorrows_worker", so, "tenon-worker-next", "longer"});
  }
  const std::string today = kBuilt + "frozen.so", next = kBuilt + "frozen_next.so",
                    next_for_today = kBuilt + "frozen_next_for_today.so";
  out.push_back({"today_in_process", today, "in process", "now"});
  out.push_back({"today_in_todays_worker", today, "tenon-worker", "now"});
  out.push_back({"today_in_tomorrows_worker", today, "tenon-worker-next", "longer"});
  out.push_back({"tomorrow_in_process", next_for_today, "in process", "now"});
  out.push_back({"tomorrow_in_todays_worker", next_for_today, "tenon-worker", "now"});
  out.push_back({"tomorrow_in_tomorrows_worker", next, "tenon-worker-next", "later"});
  return out;
}

class Skew : public ConnectorRuntimeTest, public ::testing::WithParamInterface<Pair> {
 protected:
  void SetUp() override { use(GetParam().so, GetParam().host); }
  void TearDown() override {
    if (runtime_) run(runtime_->stop());
  }
  void use(const std::string& so, const std::string& host) {
    if (runtime_) run(runtime_->stop());
    if (host == "in process") {
      runtime_ = std::make_unique<InProcessRuntime>(
          std::map<ReleaseId, std::string>{{test_release("frozen"), so}});
      return;
    }
    sandbox::Options options;
    options.worker_path = kBin + host;
    auto sandbox =
        std::make_unique<SandboxRuntime>(io_.get_executor(), clock_, random_, telemetry_, options);
    sandbox->install(test_release("frozen"), {so, "strict"});
    const auto missing = sandbox->capabilities().missing();
    runtime_ = std::move(sandbox);
    if (!missing.empty()) GTEST_SKIP() << "cannot isolate here: " << missing[0];
  }
  ConnectorRuntime& runtime() override { return *runtime_; }

  SilentTelemetry telemetry_;
  std::unique_ptr<ConnectorRuntime> runtime_;
};
INSTANTIATE_TEST_SUITE_P(Abi, Skew, ::testing::ValuesIn(pairs()),
                         [](const auto& info) { return info.param.name; });

CallResponse reply_to(const ConnectorRequest& request, std::uint32_t status) {
  CallResponse response;
  response.tag = request.tag;
  response.reply.got = Got::http;
  response.reply.status = status;
  response.reply.headers = {{"date", "now"}, {"x-ref", "ref-" + std::to_string(request.tag)}};
  response.reply.body = "said";
  response.reply.body_total = 4;
  return response;
}

void expect_whole(const ConnectorRequest& request, std::uint32_t index) {
  EXPECT_EQ(request.tag, 100 + index);
  EXPECT_EQ(request.effect, Effect::idempotent);
  EXPECT_EQ(request.cost, 2U);
  EXPECT_EQ(request.endpoint + " " + request.method + " " + request.path, "api POST /v1/items");
  EXPECT_EQ(request.query, (HttpHeaders{{"n", "1"}, {"m", "2"}}));
  EXPECT_EQ(request.headers, (HttpHeaders{{"x-id", "evt_" + std::to_string(index)}}));
  EXPECT_EQ(request.body, "{\"n\":" + std::to_string(index) + "}");
  EXPECT_EQ(request.covers, std::vector<std::uint32_t>{index});
  EXPECT_EQ(request.bucket, "default");
  EXPECT_EQ(request.idempotency_key, "evt_" + std::to_string(index));
  ASSERT_EQ(request.secrets.size(), 2U);
  EXPECT_EQ(request.secrets[0].place, SecretPlace::query);
  EXPECT_EQ(request.secrets[0].index, 1U);
  EXPECT_EQ(request.secrets[1].place, SecretPlace::header);
  EXPECT_EQ(request.secrets[1].transform, SecretTransform::hmac_sha256_hex);
  EXPECT_EQ(request.secrets[1].slot, "token");
  EXPECT_EQ(request.secrets[1].message, request.body);
}

TEST_P(Skew, delivers_in_two_steps) {
  auto id = open("frozen");
  ASSERT_TRUE(id) << id.error().text();
  Call call = test_call("send", 3);
  auto asked = step(*id, call);
  ASSERT_TRUE(asked) << asked.error().text();
  ASSERT_EQ(asked->status, 0) << asked->explain;
  ASSERT_EQ(asked->requests.size(), 3U);
  for (std::uint32_t i = 0; i < 3; ++i) expect_whole(asked->requests[i], i);
  EXPECT_TRUE(asked->suspended);
  EXPECT_EQ(asked->delay_ms, 5U);

  call.step = 1;
  call.now_ms = 1'000;
  call.state = asked->state;
  call.responses = {reply_to(asked->requests[0], 200), reply_to(asked->requests[1], 429),
                    reply_to(asked->requests[2], 400)};
  auto ended = step(*id, call);
  ASSERT_TRUE(ended) << ended.error().text();
  ASSERT_EQ(ended->status, 0) << ended->explain;
  ASSERT_EQ(ended->outcomes.size(), 3U);
  const auto& taken = ended->outcomes[0];
  EXPECT_EQ(taken.verdict, Verdict::accepted);
  EXPECT_EQ(taken.applied, Applied::yes);
  EXPECT_EQ(taken.vendor_ref, "ref-100");
  EXPECT_EQ(taken.detail, "said");
  EXPECT_EQ(taken.vendor_code, GetParam().seen);
  EXPECT_EQ(ended->outcomes[1].verdict, Verdict::retry);
  EXPECT_EQ(ended->outcomes[1].retry_after_ms, 1'000U);
  EXPECT_EQ(ended->outcomes[2].verdict, Verdict::rejected);
  ASSERT_EQ(ended->hints.size(), 1U);
  EXPECT_EQ(ended->hints[0].name, "default");
  EXPECT_EQ(ended->hints[0].until_ms, 2'000);
}

TEST_P(Skew, pulls_reads_back_and_checks) {
  auto id = open("frozen");
  ASSERT_TRUE(id) << id.error().text();
  Call pull;
  pull.op = Op::pull;
  pull.stream = "items";
  pull.now_ms = 7;
  auto page = step(*id, pull);
  ASSERT_TRUE(page) << page.error().text();
  ASSERT_EQ(page->status, 0) << page->explain;
  ASSERT_EQ(page->emits.size(), 1U);
  EXPECT_EQ(page->emits[0].id + page->emits[0].type + page->emits[0].body, "item-1track{\"n\":1}");
  EXPECT_EQ(page->emits[0].event_ms, 7);
  EXPECT_TRUE(page->checkpointed && page->more);
  EXPECT_EQ(page->cursor, "page-2");

  Call keys = test_call("send", 2);
  keys.op = Op::readback;
  keys.records[1].vendor_ref = "there";
  auto read = step(*id, keys);
  ASSERT_TRUE(read) << read.error().text();
  ASSERT_EQ(read->emits.size(), 2U) << read->explain;
  EXPECT_EQ(read->emits[0].kind, EmitKind::absent);
  EXPECT_EQ(read->emits[1].kind, EmitKind::found);
  EXPECT_EQ(read->emits[1].index, 1U);
  EXPECT_EQ(read->emits[1].body, "{\"n\":1}");

  Call check;
  check.op = Op::check;
  EXPECT_EQ(step(*id, check)->status, 0);
}

TEST_P(Skew, takes_a_webhook) {
  auto id = open("frozen");
  ASSERT_TRUE(id) << id.error().text();
  Call call;
  call.op = Op::webhook;
  call.inbound.emplace();
  call.inbound->method = "POST";
  call.inbound->path = "/webhooks/frozen";
  call.inbound->headers = {{"content-type", "application/json"}};
  call.inbound->body = "{\"n\":1}";
  auto taken = step(*id, call);
  ASSERT_TRUE(taken) << taken.error().text();
  ASSERT_EQ(taken->status, 0) << taken->explain;
  ASSERT_EQ(taken->emits.size(), 1U);
  EXPECT_EQ(taken->emits[0].id, "/webhooks/frozen");
  EXPECT_EQ(taken->emits[0].body, "{\"n\":1}");
  EXPECT_EQ(taken->reply_status, 202U);
  EXPECT_EQ(taken->reply_body, "taken");
}

TEST_P(Skew, refuses_in_its_own_words) {
  auto refused = open("frozen", "[]");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("settings: wanted an object"), std::string::npos);
  auto id = open("frozen");
  ASSERT_TRUE(id) << id.error().text();
  EXPECT_EQ(step(*id, test_call("no_such_action"))->status, -4);
  Call late = test_call("send");
  late.step = 1;
  late.state = "foreign";
  auto result = step(*id, late);
  EXPECT_EQ(result->status, -2);
  EXPECT_EQ(result->explain, "state: not ours");
}

class Refused : public Skew {};
INSTANTIATE_TEST_SUITE_P(
    Abi, Refused,
    ::testing::Values(Pair{"in_process", kBuilt + "frozen_next.so", "in process", ""},
                      Pair{"in_todays_worker", kBuilt + "frozen_next.so", "tenon-worker", ""}),
    [](const auto& info) { return info.param.name; });

TEST_P(Refused, a_connector_of_a_minor_that_this_host_does_not_speak) {
  auto id = open("frozen");
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().kind, ErrorKind::unsupported);
  EXPECT_NE(id.error().text().find("ABI 1.1"), std::string::npos) << id.error().text();
  EXPECT_NE(id.error().text().find("1.0"), std::string::npos) << id.error().text();
}

// What is released leaves a connector behind, and what is left behind is small.
TEST(Frozen, every_released_minor_has_a_connector) {
  std::istringstream table(read_text(kTable));
  std::size_t minors = 0;
  for (std::string line; std::getline(table, line);) {
    if (!line.starts_with("minor ")) continue;
    const auto name = line.substr(6, line.find(' ', 6) - 6);
    const bool open = line.ends_with(" open");
    const std::string folder = kFrozen + name + (open ? "-rc" : "");
    ++minors;
    ASSERT_TRUE(fs::exists(folder + "/frozen.so")) << folder << ": run the target freeze";
    EXPECT_LT(fs::file_size(folder + "/frozen.so"), 32U * 1024);
    EXPECT_TRUE(fs::exists(folder + "/layout.abi"));
  }
  EXPECT_GE(minors, 1U);
}

}  // namespace
}  // namespace tenon
