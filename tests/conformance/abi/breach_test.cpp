// Each breach of the contract, in today's worker: refused or contained, in words that name the op,
// the field, what was wanted and what was found; and the worker is there for the next call.
#include "backends/sandbox/sandbox_runtime.hpp"
#include "conformance/abi/headers.hpp"
#include "contract/connector_runtime_contract.hpp"

namespace tenon {
namespace {

enum class Ends { step_failed, worker_died, timed_out, refused, unresolved };

struct Breach {
  const char* name;
  const char* says;
  Ends ends = Ends::step_failed;
  const char* or_says = "";
};
void PrintTo(const Breach& breach, std::ostream* out) { *out << breach.name; }

const Breach kBreaches[] = {
    {"size_short", "deliver: request.size: wanted 176 to 4096, found 8"},
    {"size_wild", "deliver: request.size: wanted 176 to 4096, found 4294967280"},
    {"stride_short", "deliver: request.headers: wanted a stride of 32 to 4096 by 8, found 8"},
    {"stride_wild", "deliver: request.query: wanted a stride of 32 to 4096 by 8, found 2147483648"},
    {"place_unknown", "deliver: request.secrets[0].place: wanted 1 to 4, found 9"},
    {"verdict_unknown", "the connector's verdict: wanted 0 to 6, found 99", Ends::unresolved},
    {"status_unknown", "deliver: status: wanted -6 to 0, found 77"},
    {"request_null", "deliver: request: wanted a struct, found null"},
    {"text_null", "deliver: request.path: wanted a pointer to 4 bytes, found null"},
    {"array_null", "deliver: request.headers: wanted a pointer to 5 elements, found null"},
    {"length_huge", "deliver: request.body: wanted at most 8388608 bytes, found 1099511627776"},
    // Behind the file's data there is nothing, or a page of a mapping that is longer than its file.
    {"length_past_end", "SIGSEGV", Ends::worker_died, "SIGBUS"},
    {"pointer_wild", "SIGSEGV", Ends::worker_died},
    {"after_suspend", "deliver: request: wanted it before suspend, found it after"},
    {"no_suspend", "deliver: suspend: wanted one after 1 requests, found none"},
    {"suspend_alone", "deliver: suspend: wanted a request before it, found none"},
    {"outcome_twice", "deliver: outcome: wanted one for record 0, found a second one"},
    {"outcome_index", "deliver: outcome.index: wanted one below 1, found 4000000000"},
    {"covers_range", "deliver: request.covers[0]: wanted an index below 1, found 7"},
    {"endless_pushes", "CPU", Ends::timed_out},
    {"state_large", "deliver: suspend.state: wanted at most 1048576 bytes, found 1048577"},
    {"emit_in_deliver", "deliver: emit: wanted the op pull, webhook or readback, found deliver"},
    // A vendor's build has a C++ library of its own, so its exceptions are nobody's to catch.
    {"throws", "was killed by SIG", Ends::worker_died},
    {"table_short", "tenon_connector.size: wanted 48 to 4096, found 8", Ends::refused},
    {"table_null", "tenon_connector.step: wanted a function, found null", Ends::refused},
    {"minor_newer", "was built for ABI 1.7, this host speaks up to 1.0", Ends::refused},
};

class Breaches : public ConnectorRuntimeTest, public ::testing::WithParamInterface<Breach> {
 protected:
  Breaches() {
    sandbox::Options options;
    options.worker_path = TENON_BINARY_DIR "/bin/tenon-worker";
    options.step_cpu = milliseconds(300);
    sandbox_ =
        std::make_unique<SandboxRuntime>(io_.get_executor(), clock_, random_, telemetry_, options);
    for (const std::string name : {GetParam().name, "none"}) {
      sandbox_->install(test_release(name),
                        {TENON_BINARY_DIR "/breaches/" + name + ".so", "strict"});
    }
  }
  void SetUp() override {
    const auto missing = sandbox_->capabilities().missing();
    if (!missing.empty()) GTEST_SKIP() << "cannot isolate here: " << missing[0];
  }
  void TearDown() override { run(sandbox_->stop()); }
  ConnectorRuntime& runtime() override { return *sandbox_; }

  // A whole call with one record, each request answered with 200.
  Result<StepResult> whole_call(InstanceId id) {
    Call call = test_call("send");
    auto result = step(id, call);
    if (!result || result->status != 0 || !result->suspended) return result;
    call.step = 1;
    call.state = result->state;
    for (const auto& request : result->requests) {
      CallResponse response;
      response.tag = request.tag;
      response.reply.got = Got::http;
      response.reply.status = 200;
      call.responses.push_back(std::move(response));
    }
    return step(id, call);
  }

  SilentTelemetry telemetry_;
  std::unique_ptr<SandboxRuntime> sandbox_;
};
INSTANTIATE_TEST_SUITE_P(Abi, Breaches, ::testing::ValuesIn(kBreaches),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(Breaches, is_told_in_words_and_does_no_harm) {
  const auto expect_says = [&](const std::string& words) {
    const bool says = words.find(GetParam().says) != std::string::npos;
    const std::string other = GetParam().or_says;
    EXPECT_TRUE(says || (!other.empty() && words.find(other) != std::string::npos)) << words;
  };
  auto id = open(GetParam().name);
  if (GetParam().ends == Ends::refused) {
    ASSERT_FALSE(id);
    EXPECT_EQ(id.error().kind, ErrorKind::unsupported);
    expect_says(id.error().text());
    return;
  }
  ASSERT_TRUE(id) << id.error().text();
  auto result = whole_call(*id);
  switch (GetParam().ends) {
    case Ends::refused: break;
    case Ends::step_failed:
      ASSERT_TRUE(result) << result.error().text();
      EXPECT_LT(result->status, 0);
      EXPECT_TRUE(result->requests.empty() && result->outcomes.empty());
      expect_says(result->explain);
      // The step failed, the worker lives.
      EXPECT_FALSE(whole_call(*id)->explain.empty());
      break;
    case Ends::worker_died:
    case Ends::timed_out: {
      ASSERT_FALSE(result);
      const auto kind =
          GetParam().ends == Ends::timed_out ? ErrorKind::timeout : ErrorKind::unavailable;
      EXPECT_EQ(result.error().kind, kind);
      expect_says(result.error().text());
      EXPECT_NE(result.error().text().find(GetParam().name), std::string::npos);
      break;
    }
    case Ends::unresolved:
      ASSERT_TRUE(result) << result.error().text();
      ASSERT_EQ(result->status, 0);
      ASSERT_EQ(result->outcomes.size(), 1U);
      EXPECT_EQ(result->outcomes[0].verdict, Verdict::unresolved);
      expect_says(result->outcomes[0].detail);
      ASSERT_EQ(result->logs.size(), 1U);
      EXPECT_EQ(result->logs[0].message,
                "deliver: outcome.verdict: wanted 0 to 6, found 99; taken as 0");
      break;
  }
  // A sound connector, in the same host, is none the worse.
  auto sound = open("none");
  ASSERT_TRUE(sound) << sound.error().text();
  auto done = whole_call(*sound);
  ASSERT_TRUE(done) << done.error().text();
  ASSERT_EQ(done->outcomes.size(), 1U) << done->explain;
  EXPECT_EQ(done->outcomes[0].verdict, Verdict::accepted);
}

}  // namespace
}  // namespace tenon
