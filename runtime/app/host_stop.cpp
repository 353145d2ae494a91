// Stopping: requests first, then attempts, then everything that follows the log; last the state.
#include "app/host_state.hpp"
#include "base/fail_point.hpp"
#include "ports/with_deadline.hpp"

namespace tenon::app {

namespace {

constexpr seconds kDrainWithin{10};  // attempts under way at SIGTERM get so long
constexpr milliseconds kRequestsWithin{5'000};
constexpr seconds kFlushWithin{2};  // counts of the audit chain; longer only where the disk is full

}  // namespace

Task<void> Host::stop() {
  State& s = *state_;
  TENON_FAIL_POINT("stop.begun");
  s.stopping = true;
  s.ingest->stop();
  s.webhooks->stop();
  for (auto* server : {&s.ingest_server, &s.metrics_server}) {
    if (*server) co_await (*server)->stop(kRequestsWithin);
  }
  TENON_FAIL_POINT("stop.requests_ended");
  s.delivery->drain();
  const Instant until = s.clock.instant() + kDrainWithin;
  while (!s.delivery->drained() && s.clock.instant() < until) {
    const Instant again = s.clock.instant() + milliseconds{5};
    co_await s.clock.sleep_until(again);
  }
  TENON_FAIL_POINT("stop.drained");
  for (auto* server : {&s.admin_server, &s.api_server}) {
    if (*server) co_await (*server)->stop(kRequestsWithin);
  }
  if (s.serving) {
    auto flushing = with_deadline(s.clock, s.clock.instant() + kFlushWithin, s.chain->flush());
    const auto flushed = co_await std::move(flushing);
    if (!flushed) {
      const std::string why = flushed.error().text();
      s.telemetry->log(LogLevel::warning, "audit.not_flushed", {{"why", why}});
    }
  }
  s.scope.cancel();
  co_await s.scope.join();
  co_await s.runtime->stop();
  TENON_FAIL_POINT("stop.joined");
  if (s.exit == kExitClean) {
    const auto pipeline_flushed = s.pipeline->flush();
    const auto delivery_flushed = s.delivery->flush();
    const auto webhooks_flushed = s.webhook_parser->flush();
    const auto sync_flushed = s.sync->flush();
    if (!pipeline_flushed || !delivery_flushed || !webhooks_flushed || !sync_flushed) {
      s.exit = kExitFailed;
    }
  }
  TENON_FAIL_POINT("stop.flushed");
  s.telemetry->log(LogLevel::info, "host.stopped",
                   {{"clean", s.delivery->drained() ? "yes" : "no"}});
  context_.stop();
}

}  // namespace tenon::app
