// Instances on demand, reopening, back-off, quarantine, on a scripted runtime and simulated time.
#include "hosting/hosting.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <optional>
#include <set>

#include "backends/memory/sim_clock.hpp"
#include "backends/memory/sim_run.hpp"

namespace tenon {
namespace {

// Opens anything; each step gives the next scripted error, or success with the settings as explain.
class ScriptedRuntime final : public ConnectorRuntime {
 public:
  explicit ScriptedRuntime(boost::asio::io_context& io) : io_(io) {}
  Task<Result<InstanceId>> open(ReleaseId release, std::string settings_json) override {
    co_await boost::asio::post(io_.get_executor(), boost::asio::use_awaitable);
    opened.push_back(release.value + " " + settings_json);
    if (!open_errors.empty()) {
      Error error = open_errors.front();
      open_errors.pop_front();
      co_return error;
    }
    const InstanceId id(++last_);
    settings_[id] = settings_json;
    co_return id;
  }
  Task<Result<StepResult>> step(InstanceId instance, Call, Instant) override {
    co_await boost::asio::post(io_.get_executor(), boost::asio::use_awaitable);
    if (settings_.count(instance) == 0) co_return not_found("the instance is gone");
    if (!step_errors.empty()) {
      Error error = step_errors.front();
      step_errors.pop_front();
      settings_.clear();
      co_return error;
    }
    StepResult result = next;
    if (result.status == 0) result.explain = settings_[instance];
    co_return result;
  }
  Task<void> close(InstanceId instance) override {
    closed.insert(instance.value);
    settings_.erase(instance);
    co_return;
  }
  Task<void> stop() override { co_return; }
  void lose_instances() { settings_.clear(); }

  std::deque<Error> open_errors, step_errors;
  StepResult next;  // of every step that does not fail otherwise
  std::vector<std::string> opened;
  std::set<std::uint64_t> closed;

 private:
  boost::asio::io_context& io_;
  std::map<InstanceId, std::string> settings_;
  std::uint64_t last_ = 0;
};

InstalledRelease installed(const std::string& id, const std::string& version) {
  InstalledRelease release;
  release.manifest.id = id;
  release.manifest.version = version;
  release.id = ReleaseId(release.manifest.release());
  return release;
}

InstalledRelease with_a_default(InstalledRelease release) {
  Setting region;
  region.name = "region";
  region.default_value = R"("eu")";
  release.manifest.settings = {region};
  return release;
}

Destination destination(const std::string& name, const std::string& settings = "{}") {
  Destination out;
  out.name = DestinationName(name);
  out.connector = "hubspot";
  out.settings = settings;
  return out;
}

class HostingTest : public ::testing::Test {
 protected:
  Result<StepResult> step(const Destination& where, milliseconds within = milliseconds(5'000)) {
    std::optional<Result<StepResult>> out;
    start(where, within, out);
    drive([&] { return out.has_value(); });
    return std::move(*out);
  }
  void start(const Destination& where, milliseconds within,
             std::optional<Result<StepResult>>& out) {
    auto task = hosting_.step(where, Call{}, clock_.instant() + within);
    boost::asio::co_spawn(io_, std::move(task), [&out](std::exception_ptr, Result<StepResult> r) {
      out.emplace(std::move(r));
    });
  }
  void drive(const std::function<bool()>& done) {
    const Instant far = clock_.instant() + seconds(3'600);
    ASSERT_EQ(sim_run(io_, clock_, far, done), SimEnd::done);
  }
  void configure(std::vector<Destination> destinations) {
    bool done = false;
    auto task = hosting_.configure(std::move(destinations));
    boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr) { done = true; });
    drive([&] { return done; });
  }

  boost::asio::io_context io_{1};
  SimClock clock_;
  SilentTelemetry telemetry_;
  ScriptedRuntime runtime_{io_};
  ReleaseCatalog catalog_{{installed("hubspot", "1.0.0"), installed("hubspot", "1.2.0"),
                           with_a_default(installed("shop", "1.0.0"))}};
  Hosting hosting_{runtime_, clock_, telemetry_, catalog_};
};

TEST_F(HostingTest, OpensOncePerDestinationAndSettings) {
  EXPECT_TRUE(step(destination("a")));
  EXPECT_TRUE(step(destination("a")));
  EXPECT_TRUE(step(destination("b")));
  EXPECT_EQ(runtime_.opened, (std::vector<std::string>{"hubspot@1.2.0 {}", "hubspot@1.2.0 {}"}));
  auto changed = step(destination("a", R"({"x":1})"));
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->explain, R"({"x":1})");
  EXPECT_EQ(runtime_.closed, std::set<std::uint64_t>{1});
  EXPECT_EQ(hosting_.status()[1].instances, 2u);
}

TEST_F(HostingTest, AFailedStepNamesTheRelease) {
  runtime_.next.status = -2;
  runtime_.next.explain = "deliver: request.covers[0]: wanted an index below 1, found 7";
  auto result = step(destination("a"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->explain, "hubspot@1.2.0: " + runtime_.next.explain);
  runtime_.next.explain.clear();
  EXPECT_EQ(step(destination("a"))->explain, "hubspot@1.2.0: the connector gave no reason");
}

TEST_F(HostingTest, ConcurrentStepsOpenOnce) {
  std::optional<Result<StepResult>> a, b, c;
  start(destination("a"), milliseconds(5'000), a);
  start(destination("a"), milliseconds(5'000), b);
  start(destination("a"), milliseconds(5'000), c);
  drive([&] { return a && b && c; });
  EXPECT_TRUE(*a && *b && *c);
  EXPECT_EQ(runtime_.opened.size(), 1u);
}

TEST_F(HostingTest, APinnedReleaseIsUsedAndAMissingOneIsNotFound) {
  auto where = destination("a");
  where.release = "1.0.0";
  EXPECT_TRUE(step(where));
  EXPECT_EQ(runtime_.opened[0], "hubspot@1.0.0 {}");
  where.release = "9.0.0";
  auto missing = step(where);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  EXPECT_NE(missing.error().text().find("hubspot@9.0.0"), std::string::npos);
}

TEST_F(HostingTest, AnInstanceThatIsGoneIsReopenedWithoutAStrike) {
  EXPECT_TRUE(step(destination("a")));
  runtime_.lose_instances();
  EXPECT_TRUE(step(destination("a")));
  EXPECT_EQ(runtime_.opened.size(), 2u);
  EXPECT_EQ(hosting_.status()[1].strikes, 0u);
}

TEST_F(HostingTest, ADeathIsToldAndTheNextStepWaitsForItsBackOff) {
  runtime_.step_errors = {unavailable("was killed by SIGSEGV")};
  auto dead = step(destination("a"));
  ASSERT_FALSE(dead);
  EXPECT_EQ(dead.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(hosting_.status()[1].state, HostedState::backing_off);
  const Instant before = clock_.instant();
  EXPECT_TRUE(step(destination("a")));
  EXPECT_GE(clock_.instant() - before, kFirstBackOff * 4 / 5);
  EXPECT_EQ(hosting_.status()[1].state, HostedState::ready);
  EXPECT_EQ(hosting_.status()[1].strikes, 1u);
}

TEST_F(HostingTest, ACrashLoopOpensTheBreakerUntilAProbeSucceeds) {
  for (int i = 0; i < 5; ++i) {
    runtime_.step_errors = {timed_out("was killed at its deadline")};
    EXPECT_EQ(step(destination("a")).error().kind, ErrorKind::timeout);
  }
  const auto broken = hosting_.status()[1];
  EXPECT_EQ(broken.state, HostedState::broken);
  const auto opened = runtime_.opened.size();
  auto refused = step(destination("a"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::limited);
  EXPECT_GT(refused.error().retry_after, milliseconds(50'000));
  EXPECT_EQ(runtime_.opened.size(), opened);  // it was not even tried
  clock_.advance_by(refused.error().retry_after);
  std::optional<Result<StepResult>> probe, other;
  start(destination("a"), milliseconds(5'000), probe);
  start(destination("b"), milliseconds(5'000), other);
  drive([&] { return probe && other; });
  EXPECT_TRUE(*probe);
  EXPECT_FALSE(*other);  // only one probes
  EXPECT_TRUE(step(destination("b")));
}

TEST_F(HostingTest, BreakingTheRulesQuarantinesUntilCleared) {
  runtime_.step_errors = {corrupt("illegal frame: wrong CRC")};
  EXPECT_EQ(step(destination("a")).error().kind, ErrorKind::corrupt);
  clock_.advance_by(seconds(100'000));
  auto refused = step(destination("a"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  EXPECT_NE(refused.error().text().find("wrong CRC"), std::string::npos);
  EXPECT_EQ(hosting_.status()[1].state, HostedState::quarantined);
  EXPECT_EQ(hosting_.status()[0].state, HostedState::ready);  // the other release is not meant
  EXPECT_FALSE(hosting_.clear(ReleaseId("never@1")));
  EXPECT_TRUE(hosting_.clear(ReleaseId("hubspot@1.2.0")));
  EXPECT_TRUE(step(destination("a")));
}

TEST_F(HostingTest, RefusedSettingsAreNoStrike) {
  runtime_.open_errors = {invalid("region: wanted eu or us")};
  EXPECT_EQ(step(destination("a")).error().kind, ErrorKind::invalid);
  EXPECT_EQ(hosting_.status()[1].strikes, 0u);
  EXPECT_TRUE(step(destination("a")));
}

TEST_F(HostingTest, ConfigureClosesWhatIsStaleAndKeepsTheRest) {
  EXPECT_TRUE(step(destination("a")));
  EXPECT_TRUE(step(destination("b")));
  EXPECT_TRUE(step(destination("c")));
  configure({destination("a"), destination("b", R"({"new":1})")});
  EXPECT_EQ(runtime_.closed, (std::set<std::uint64_t>{2, 3}));
  EXPECT_TRUE(step(destination("a")));
  EXPECT_EQ(runtime_.opened.size(), 3u);
}

TEST_F(HostingTest, AConnectorGetsTheManifestsDefaultsForWhatIsNotSet) {
  auto shop = destination("shop");
  shop.connector = "shop";
  EXPECT_EQ(step(shop)->explain, R"({"region":"eu"})");
  EXPECT_TRUE(step(shop));
  EXPECT_EQ(runtime_.opened.size(), 1u);
  shop.settings = R"({"region":"us"})";
  EXPECT_EQ(step(shop)->explain, R"({"region":"us"})");
}

TEST_F(HostingTest, SettingsChangedWhileOpeningDoNotLeakAnInstance) {
  std::optional<Result<StepResult>> old, fresh;
  start(destination("a"), milliseconds(5'000), old);
  start(destination("a", R"({"new":1})"), milliseconds(5'000), fresh);
  drive([&] { return old && fresh; });
  EXPECT_TRUE(*old && *fresh);
  EXPECT_EQ(runtime_.opened.size() - runtime_.closed.size(), 1u);
}

}  // namespace
}  // namespace tenon
