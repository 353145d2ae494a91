// One record for each partition.
#include "ports/control_records.hpp"

namespace tenon {

std::vector<NewRecord> in_every_partition(const Control& control, Time now) {
  std::vector<NewRecord> records;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    NewRecord record;
    record.partition = PartitionId{p};
    record.header.stream = Stream::control;
    record.header.type = static_cast<std::uint16_t>(type_of(control));
    record.header.occurred = now;
    record.body = encode(control);
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace tenon
