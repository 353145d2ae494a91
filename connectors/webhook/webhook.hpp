// Webhook: posts mapped records to the operator's address; the host signs and addresses them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tenon/reply.hpp"
#include "tenon/step.hpp"

namespace webhook {

using namespace tenon::sdk;

class Webhook {
 public:
  // Wants {"url": "https://..."}; the address itself is used by the host only.
  explicit Webhook(std::string_view json);
  Next deliver(const Call& call, DeliverStep& step) const;
  Next check(const Call& call, CheckStep& step) const;
};

// One request per record (send.cpp).
Next send(const Call& call, DeliverStep& step);
// One request per batch (send_batch.cpp).
Next send_batch(const Call& call, DeliverStep& step);

// What the receiver's answer means for every record that its request carried. `several`: the
// request carried more than one, so a complaint about content may be about any of them.
Outcome outcome_of(const Response& response, std::int64_t now_ms, bool several);
// Tells the host what the answer says about the receiver as a whole.
void give_hints(const Response& response, std::int64_t now_ms, AnyStep& step);

// The outcome of a record whose body is not JSON; nothing is sent for it.
Outcome unreadable();
// The record's body without space between tokens, each token as it stands; nothing if it is not
// JSON.
std::optional<std::string> minified(std::string_view json);

}  // namespace webhook
