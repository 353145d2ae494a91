// AutoPause: when the host itself pauses a destination, because more tries can only do harm and a
// person is needed. A plain function of values and `now`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "calls/holds.hpp"
#include "manifest/workspace.hpp"

namespace tenon::delivery {

// Tries apart from one another, behind a hold that grows: the fifth comes after some eight minutes.
constexpr std::uint32_t kPauseAfterRefusals = 5;
// Calls in a row that the host's own rules stopped before anything was sent.
constexpr std::uint32_t kPauseAfterBlocked = 5;
// A vendor that is away for hours comes back by itself, and then nobody should have to do a thing.
constexpr std::chrono::hours kPauseAfterDown{24};

// How an attempt left its destination.
struct Trouble {
  std::optional<Hold> hold;
  Holds::Blocked blocked;
  std::string failure, failure_text;     // of the attempt as a whole
  std::optional<std::string> reconnect;  // why a person must connect it, by OAuth
};

// The reason, beginning with a stable word: credential_refused, vendor_down, connector_quarantined,
// cannot_send, needs_reconnect. Nothing: go on.
std::optional<std::string> why_pause(const Trouble& trouble, Time now);

// Whom to tell: the destination's owner, else the workspace's; "" = nobody is named.
const std::string& owner_of(const Workspace& workspace, const Destination& destination);

// Who pauses, in the log.
constexpr std::string_view kHostActor = "host";

}  // namespace tenon::delivery
