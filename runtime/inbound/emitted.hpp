// emitted_records: the events that a connector made of a webhook, as records of the log.
#pragma once

#include <string_view>
#include <vector>

#include "event/json.hpp"
#include "ingest/to_record.hpp"
#include "ports/connector_runtime.hpp"

namespace tenon::inbound {

// Each emit is one message of a canonical type (track, identify, ...) and goes the way of one that
// a client sent: the same checks, the same partition for the same order key. Its id is the message
// id, so that the same thing told twice is a duplicate; without one it is named after the webhook,
// so that at least our own repeats are. What breaks a rule is rejected with its reason and kept.
// All have `webhook` as parent. Pure: the same emits give the same records.
std::vector<NewRecord> emitted_records(const std::vector<Emit>& emits, const RecordOrigin& origin,
                                       const EventId& webhook);

constexpr std::string_view kFailedCode = "webhook_failed";
// The rejected event that stands for a webhook which could not be parsed: its body and why.
NewRecord failed_record(std::string body, std::string why, const RecordOrigin& origin,
                        const EventId& webhook);

}  // namespace tenon::inbound
