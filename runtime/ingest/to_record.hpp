// From a parsed event to the record that the log keeps.
#pragma once

#include "event/record.hpp"
#include "ingest/parsed.hpp"
#include "ports/random.hpp"

namespace tenon {

// What all records of one request share.
struct RecordOrigin {
  NameHash tenant, workspace, source;
  ConfigVersion config;
  Time received{};
  bool synthetic = false;
};

// Accepted events become raw records in the partition of their order key (without one: of their
// message id); refused ones become rejected records, spread by their bytes. An event without a
// message id gets one from `random`, and is marked so.
NewRecord to_record(ParsedEvent& event, const RecordOrigin& origin, Random& random);

// The hash under which an order key stands in record headers; 0 for an empty one only.
KeyHash key_hash(std::string_view order_key, NameHash workspace, NameHash source);

}  // namespace tenon
