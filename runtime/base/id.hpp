// Strong ids: numbers and names that cannot be mistaken for one another.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace tenon {

// An opaque value of type Rep that is only comparable with its own kind.
template <typename Tag, typename Rep>
struct StrongId {
  Rep value{};

  StrongId() = default;
  explicit StrongId(Rep v) : value(std::move(v)) {}
  auto operator<=>(const StrongId&) const = default;
  bool operator==(const StrongId&) const = default;
};

// Names from the workspace file.
using TenantName = StrongId<struct TenantTag, std::string>;
using WorkspaceName = StrongId<struct WorkspaceTag, std::string>;
using SourceName = StrongId<struct SourceTag, std::string>;
using DestinationName = StrongId<struct DestinationTag, std::string>;

// The 64-bit hash by which a name stands in record headers and state keys. A configuration in
// which two names of one kind share a hash is refused, so the hash identifies.
using NameHash = StrongId<struct NameHashTag, std::uint64_t>;

// One ordered lane of the log, 0 to kPartitions - 1.
using PartitionId = StrongId<struct PartitionTag, std::uint16_t>;
// A place in one partition: a logical byte address. Increasing, with gaps; 48 bits are used.
using Offset = StrongId<struct OffsetTag, std::uint64_t>;
// Random name of one data folder's log, given when it is created.
using LogId = StrongId<struct LogIdTag, std::uint32_t>;
// Hash of an order key; 0 means "no key", so no order is promised.
using KeyHash = StrongId<struct KeyHashTag, std::uint64_t>;
// First 8 bytes of the digest of a workspace configuration.
using ConfigVersion = StrongId<struct ConfigVersionTag, std::uint64_t>;

}  // namespace tenon

template <typename Tag, typename Rep>
struct std::hash<tenon::StrongId<Tag, Rep>> {
  std::size_t operator()(const tenon::StrongId<Tag, Rep>& id) const noexcept {
    return std::hash<Rep>{}(id.value);
  }
};
