// Reading or making the key, and handing the rules on.
#include "app/capture_keeper.hpp"

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

Task<Result<Secret>> CaptureKeeper::key() {
  const std::string place = "vault:" + std::string(kCaptureKeySecret);
  auto kept = doors_.vault.get(place);
  if (kept || kept.error().kind != ErrorKind::not_found) co_return std::move(kept);
  VaultAct act;
  act.deed = VaultDeed::put;
  act.name = kCaptureKeySecret;
  act.value.emplace(doors_.random.bytes(kCaptureKeyBytes));
  act.actor = "host";
  auto changing = doors_.keeper.change(std::move(act));
  const auto changed = co_await std::move(changing);
  if (!changed) co_return Error(changed.error());
  auto made = doors_.vault.get(place);
  co_return std::move(made);
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
  auto getting = key();
  auto found = co_await std::move(getting);
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
