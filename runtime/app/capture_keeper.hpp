// CaptureKeeper: turns captures on and off as the workspace and the vault say, and lets them age.
#pragma once

#include <functional>
#include <memory>

#include "async/task.hpp"
#include "backends/capture_store/capture_store.hpp"
#include "manifest/workspace.hpp"
#include "ports/clock.hpp"
#include "ports/random.hpp"
#include "vault/vault_keeper.hpp"

namespace tenon::app {

struct CaptureDoors {
  SecretVault& vault;
  VaultKeeper& keeper;
  CaptureStore& store;
  Clock& clock;
  Random& random;
  Telemetry& telemetry;
  std::function<std::shared_ptr<const Workspace>()> workspace;  // in force; null: none yet
};

// One thread. All that it is given outlives it.
class CaptureKeeper {
 public:
  explicit CaptureKeeper(CaptureDoors doors) : doors_(std::move(doors)) {}

  // To be called when the workspace or the vault has changed. Captures are sealed under a key of
  // the vault, kCaptureKeySecret, which is made here where it is missing. Without the vault there
  // are none, whatever the workspace says.
  Task<void> refresh();
  // Each minute forgets what is too old, until it is cancelled.
  Task<void> run();

 private:
  Task<void> settle();

  CaptureDoors doors_;
  bool busy_ = false, again_ = false;
};

}  // namespace tenon::app
