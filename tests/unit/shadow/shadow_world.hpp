// ShadowWorld: connectors that are functions, and recordings to run them on.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>

#include "backends/memory/sim_clock.hpp"
#include "shadow/release_run.hpp"
#include "support/sim_task.hpp"

namespace tenon::shadow {

// Runs each step by the function of its release; remembers what it was asked.
class TwoReleases final : public ConnectorRuntime {
 public:
  using Step = std::function<Result<StepResult>(const Call&)>;

  Task<Result<InstanceId>> open(ReleaseId release, std::string settings) override {
    opened.push_back(release.value + " " + settings);
    if (settings == refused_settings) co_return invalid("settings: no portal");
    const InstanceId id(++last_);
    open_[id] = release.value;
    co_return id;
  }
  Task<Result<StepResult>> step(InstanceId instance, Call call, Instant) override {
    const auto found = open_.find(instance);
    if (found == open_.end()) co_return not_found("the instance is gone: open it again");
    calls.push_back(call);
    auto result = steps.at(found->second)(call);
    if (!result) open_.clear();  // the worker died, with all its instances
    co_return result;
  }
  Task<void> close(InstanceId instance) override {
    open_.erase(instance);
    co_return;
  }
  Task<void> stop() override { co_return; }
  void lose_instances() { open_.clear(); }
  std::size_t open_now() const { return open_.size(); }

  std::map<std::string, Step> steps;  // by release
  std::string refused_settings;
  std::vector<std::string> opened;
  std::vector<Call> calls;

 private:
  std::map<InstanceId, std::string> open_;
  std::uint64_t last_ = 0;
};

inline ConnectorRequest post(std::string path, std::string body = "{}",
                             std::vector<std::uint32_t> covers = {0}) {
  ConnectorRequest request;
  request.endpoint = "api";
  request.method = "POST";
  request.path = std::move(path);
  request.body = std::move(body);
  request.covers = std::move(covers);
  return request;
}

inline HttpReply answered(std::uint32_t status, std::string body = {}) {
  HttpReply reply;
  reply.got = Got::http;
  reply.status = status;
  reply.body = std::move(body);
  reply.body_total = reply.body.size();
  return reply;
}

inline StepResult asks(std::vector<ConnectorRequest> requests, std::string state = {}) {
  StepResult result;
  result.requests = std::move(requests);
  result.suspended = true;
  result.state = std::move(state);
  return result;
}

inline StepResult ends(std::vector<Verdict> verdicts) {
  StepResult result;
  for (const Verdict verdict : verdicts) {
    RecordOutcome outcome;
    outcome.index = static_cast<std::uint32_t>(result.outcomes.size());
    outcome.verdict = verdict;
    result.outcomes.push_back(outcome);
  }
  return result;
}

// One record; a look-up, then a write, then the end.
inline CapturedCall recorded_call(std::string attempt = "att_1") {
  CapturedCall call;
  call.attempt = std::move(attempt);
  call.op = Op::deliver;
  call.action = "upsert";
  call.seed = 7;
  call.settings = "{}";
  CallRecord record;
  record.id = "evt_0";
  record.body = R"({"email":"ada@example.com"})";
  call.records = {record};
  call.steps.resize(3);
  for (std::size_t i = 0; i < 3; ++i) {
    call.steps[i].now_ms = 1'000 + static_cast<std::int64_t>(i);
    call.steps[i].idempotency = "idk_" + std::to_string(i);
  }
  call.steps[0].requests = {post("/search")};
  call.steps[0].replies = {answered(200, "found")};
  call.steps[1].requests = {post("/write")};
  call.steps[1].replies = {answered(201, "written")};
  return call;
}

class ShadowWorld : public ::testing::Test {
 protected:
  template <typename T>
  T run(Task<T> task) {
    return testing::sim_task(context_, clock_, std::move(task));
  }
  void run_to_end(Task<void> task) {
    const auto ending = [](Task<void> what) -> Task<bool> {
      co_await std::move(what);
      co_return true;
    };
    EXPECT_TRUE(run(ending(std::move(task))));
  }
  ReplayDoors doors() { return {runtime_, clock_}; }
  Replayed replayed(const CapturedCall& call, TwoReleases::Step step,
                    Replies replies = Replies::matched) {
    runtime_.steps["crm@1.0.0"] = std::move(step);
    ReleaseRun release(doors(), ReleaseId("crm@1.0.0"));
    auto out = run(release.run(call, call.settings, replies));
    EXPECT_TRUE(out) << out.error().text();
    return out ? std::move(*out) : Replayed();
  }

  boost::asio::io_context context_;
  SimClock clock_;
  TwoReleases runtime_;
};

}  // namespace tenon::shadow
