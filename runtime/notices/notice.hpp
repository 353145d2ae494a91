// Notice: what needs a person, told as an event of the platform's own source "tenon".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "event/event_id.hpp"
#include "event/record.hpp"
#include "ports/random.hpp"

namespace tenon {

enum class Topic : std::uint8_t {
  none,
  destination,   // paused, by a person or by the host
  breaker,       // its circuit breaker is open
  credential,    // the vendor refuses its credential
  dead_letters,  // old ones that nobody has looked at
  completeness,  // counts that do not add up
  release,       // of a connector: quarantined
  rollback,      // of a connector's release: by the gate or by a person
  activation,    // of a connector's release, lately: who runs it from now on
  disk,          // full: events are refused
};
std::string_view name_of(Topic topic);

// Something that is so now and that a person should know of. Whoever finds one adds it to the
// host's list (app/conditions.cpp); what is told of it, and how often, is the board's business.
struct Condition {
  Topic topic = Topic::none;
  std::string subject;                    // name of a destination, of a release, ...
  std::vector<std::string> destinations;  // concerned; a notice about one is not sent to itself
  std::string reason, owner, mend;
  Time since{};  // with topic and subject: one occurrence. Zero: since the board first saw it
};

// The begin of a condition, or its end.
struct Notice {
  Condition condition;
  bool over = false;
  Time at{};   // when it was told
  EventId id;  // once it is in the log
};

// "tenon.destination.paused", and "tenon.destination.resumed" when it is over.
std::string_view event_name(Topic topic, bool over);
// The same for the same begin, or end, of the same occurrence: so it is told once, whatever
// crashes.
std::string message_id_of(const Notice& notice);

// What all notices of one host share.
struct NoticeOrigin {
  std::string tenant, workspace;
  ConfigVersion config;
};
// A raw record like that of a client's track event; the subject is its order key.
NewRecord record_of(const Notice& notice, const NoticeOrigin& origin, Random& random);
// Back from the log. invalid: no notice.
Result<Notice> notice_of(const RecordHeader& header, std::string_view body);

}  // namespace tenon
