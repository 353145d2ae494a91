// Reading or making the key, and handing the rules on.
#include "app/capture_keeper.hpp"

#include "app/host_key.hpp"

namespace tenon::app {
namespace {

constexpr seconds kExpireEvery{60};

}  // namespace

// One at a time: two that both miss the key would make two, and the first one's calls be lost.
Task<void> CaptureKeeper::refresh() {
  again_ = true;
  if (busy_) co_return;
  busy_ = true;
  while (again_) {
    again_ = false;
    co_await settle();
  }
  busy_ = false;
}

Task<void> CaptureKeeper::settle() {
  const auto workspace = doors_.workspace();
  if (!workspace) co_return;
  if (!workspace->capture) {
    doors_.store.remove_all();
    co_return;
  }
  const auto closed = doors_.vault.status().problem;
  if (closed) {
    doors_.store.pause("the vault, which holds their key, is closed: " + closed->text());
    co_return;
  }
  auto asking = host_key({doors_.vault, doors_.keeper, doors_.random},
                         std::string(kCaptureKeySecret), kCaptureKeyBytes);
  auto found = co_await std::move(asking);
  if (found && found->reveal().size() != kCaptureKeyBytes) {
    found = invalid("wanted a key of " + std::to_string(kCaptureKeyBytes) + " bytes, found " +
                    std::to_string(found->reveal().size()));
  }
  if (!found) {
    const std::string why = found.error().text();
    doors_.store.pause("their key " + std::string(kCaptureKeySecret) + " cannot be had: " + why);
    doors_.telemetry.log(LogLevel::error, "capture.no_key", {{"why", why}});
    co_return;
  }
  CaptureSettings settings;
  settings.seal.tenant = workspace->tenant.value;
  settings.seal.workspace = workspace->name.value;
  settings.seal.key = std::move(*found);
  settings.sample = workspace->capture->sample;
  settings.keep.budget = std::uint64_t{workspace->capture->budget_mib} << 20;
  settings.keep.age = std::chrono::hours(24 * workspace->capture->keep_days);
  doors_.store.use(std::move(settings), doors_.clock.now());
}

Task<void> CaptureKeeper::run() {
  for (;;) {
    const Instant at = doors_.clock.instant() + kExpireEvery;
    co_await doors_.clock.sleep_until(at);
    doors_.store.expire(doors_.clock.now());
  }
}

}  // namespace tenon::app
