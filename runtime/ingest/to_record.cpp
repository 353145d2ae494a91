// Header fields, key and partition of a record.
#include "ingest/to_record.hpp"

#include "base/codec.hpp"
#include "base/hash.hpp"
#include "base/limits.hpp"

namespace tenon {
namespace {

PartitionId partition_of(std::uint64_t hash) {
  return PartitionId{static_cast<std::uint16_t>(hash % kPartitions)};
}

}  // namespace

KeyHash key_hash(std::string_view order_key, NameHash workspace, NameHash source) {
  if (order_key.empty()) return KeyHash{};
  Writer name;
  name.u64(workspace.value);
  name.u64(source.value);
  name.raw(order_key);
  const std::uint64_t hash = hash64(name.view());
  return KeyHash{hash == 0 ? 1 : hash};
}

NewRecord to_record(ParsedEvent& event, const RecordOrigin& origin, Random& random) {
  if (event.raw.message_id.empty()) {
    event.raw.message_id = "tenon-" + to_base32(random.bytes(15));
    event.raw.message_id_assigned = true;
  }
  NewRecord record;
  RecordHeader& header = record.header;
  header.stream = event.accepted() ? Stream::raw : Stream::rejected;
  header.index = event.index;
  header.flags = origin.synthetic ? kRecordSynthetic : 0;
  header.tenant = origin.tenant;
  header.workspace = origin.workspace;
  header.source = origin.source;
  header.config = origin.config;
  header.occurred = event.occurred;
  header.sent = event.sent;
  header.received = origin.received;
  header.key = key_hash(event.raw.order_key, origin.workspace, origin.source);
  if (!event.accepted()) {
    record.partition = partition_of(hash64(event.raw.payload));
  } else if (header.key != KeyHash{}) {
    record.partition = partition_of(header.key.value);
  } else {
    record.partition = partition_of(hash64(event.raw.message_id));
  }
  record.body = encode(event.raw);
  return record;
}

}  // namespace tenon
