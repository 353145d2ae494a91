// VaultKeeper: each change of the vault stands in the log, too, so that an older vault put back is
// found out, and it can be read who did what.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "async/task.hpp"
#include "event/vault_changed.hpp"
#include "ports/clock.hpp"
#include "ports/event_log.hpp"
#include "ports/secret_vault.hpp"
#include "ports/telemetry.hpp"

namespace tenon {

// One thread. All that it is given outlives it.
class VaultKeeper {
 public:
  // Where the chunks of a partition begin, the oldest first.
  using Chunks = std::function<std::vector<Offset>(PartitionId)>;
  VaultKeeper(EventLog& log, Clock& clock, Telemetry& telemetry, SecretVault& vault, Chunks chunks)
      : log_(log),
        clock_(clock),
        telemetry_(telemetry),
        vault_(vault),
        chunks_(std::move(chunks)) {}

  // Opens the vault, held against what the log knows. A vault that cannot be opened is no error
  // here: whoever needs it gets the reason. The error is the log's.
  Task<Result<void>> restore(VaultScope scope);
  // Makes the change, tells everybody who holds secrets, and notes it in the log. An error of the
  // log says that the change is made all the same.
  Task<Result<VaultChange>> change(VaultAct act);
  // Called when a secret may read otherwise: after a change, and when an overlap has ended.
  void on_change(std::function<void()> tell) { tell_ = std::move(tell); }
  // Watches for the ends of overlaps, and notes the vault once more in each new chunk of the log,
  // so that older ones may be trimmed.
  Task<void> run();

 private:
  Task<Result<void>> restate();
  Task<Result<void>> find_noted(Offset from, Offset to);

  EventLog& log_;
  Clock& clock_;
  Telemetry& telemetry_;
  SecretVault& vault_;
  Chunks chunks_;
  std::function<void()> tell_;
  std::optional<VaultChanged> noted_;  // the newest
};

}  // namespace tenon
