// Each kind of call uses its own part of a limit.
#include <gtest/gtest.h>

#include "calls/check.hpp"
#include "unit/calls/call_world.hpp"

namespace tenon {
namespace {

using test::CallWorld;

class Lanes : public CallWorld {
 protected:
  Task<void> call_of(Lane lane, std::string* order) {
    Call call;
    call.op = Op::deliver;
    CallRun run(doors(), target(), std::move(call), clock.instant() + std::chrono::hours(1), lane);
    (void)co_await run.to_end();
    *order += name_of(lane).substr(0, 2);
    *order += ' ';
  }
  Task<void> check(std::string* order) {
    (void)co_await run_check(doors(), target());
    *order += "check ";
  }
};

TEST_F(Lanes, ABacklogOfReplaysLetsLiveEventsAndChecksPass) {
  runtime.on_step = test::asks_then(StepResult());
  InstalledRelease slow;
  slow.manifest = test::crm_manifest();
  slow.manifest.rate_limits[0].limit = 1;
  slow.id = ReleaseId(slow.manifest.release());
  catalog = ReleaseCatalog({slow});
  std::string order;
  Scope scope(context.get_executor());
  for (int i = 0; i < 6; ++i) scope.spawn(call_of(Lane::replay, &order), "replay");
  for (int i = 0; i < 6; ++i) scope.spawn(call_of(Lane::live, &order), "live");
  scope.spawn(check(&order), "check");
  sim_run(context, clock, clock.instant() + std::chrono::hours(2),
          [&] { return scope.running() == 0; });
  EXPECT_EQ(order, "re li check li li li li li re re re re re ");
}

}  // namespace
}  // namespace tenon
