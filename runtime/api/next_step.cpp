// The classes of dead letters and what mends them.
#include "api/next_step.hpp"

#include <array>

namespace tenon {
namespace {

struct Advice {
  std::string_view reason, text;  // {to}: the destination, {id}: the delivery
};

constexpr std::string_view kMaybeArrived =
    "Nobody knows whether it arrived, and a repeat could do harm. Look at the vendor (tenon "
    "destinations readback {to}, where its connector can); if it is not there: tenon dead-letters "
    "redrive {id}";

constexpr std::array kAdvice = {
    Advice{"vendor_rejected",
           "The vendor refused this record for good. Mend the event (tenon dead-letters edit {id} "
           "--event FILE), or the mapping of its route (tenon config apply) and then: tenon "
           "dead-letters redrive {id}"},
    Advice{"attempts_exhausted",
           "It was tried as often as the retry policy allows. When the vendor is well again (tenon "
           "destinations check {to}): tenon dead-letters redrive {id}"},
    Advice{"age_exceeded",
           "It could not be delivered within the age that the retry policy allows. When the vendor "
           "is well again (tenon destinations check {to}): tenon dead-letters redrive {id}"},
    Advice{"kills_worker",
           "The connector dies of this record, a bug of its release. Keep the record for its "
           "maker; with a mended release installed: tenon dead-letters redrive {id}"},
    Advice{"mapping_failed",
           "The mapping of its route makes no record of this event. Mend the route (tenon config "
           "apply); then a redrive maps it anew: tenon dead-letters redrive {id}"},
    Advice{"config_unknown",
           "The configuration that decided it is gone. A redrive takes the one in force: tenon "
           "dead-letters redrive {id}"},
    Advice{"event_trimmed",
           "The event is no longer in the log, so nothing can be sent; the sender must send it "
           "again"},
    Advice{
        "event_corrupt",
        "The event cannot be read from the log; see tenon doctor. The sender must send it again"},
};

std::string filled(std::string_view text, std::string_view destination, std::string_view delivery) {
  std::string out(text);
  const auto put = [&out](std::string_view mark, std::string_view value) {
    for (auto at = out.find(mark); at != std::string::npos; at = out.find(mark, at)) {
      out.replace(at, mark.size(), value);
      at += value.size();
    }
  };
  put("{to}", destination);
  put("{id}", delivery);
  return out;
}

}  // namespace

std::string next_step_of(DeliveryState state, std::string_view reason, std::string_view destination,
                         std::string_view delivery) {
  if (state == DeliveryState::ambiguous) return filled(kMaybeArrived, destination, delivery);
  for (const auto& advice : kAdvice) {
    if (advice.reason == reason) return filled(advice.text, destination, delivery);
  }
  return filled("When its cause is mended: tenon dead-letters redrive {id}", destination, delivery);
}

}  // namespace tenon
