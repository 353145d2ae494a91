// ManifestFacts: the few things in a manifest that the checks compare with the code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::conformance {

struct ManifestFacts {
  std::string id, version;
  std::uint32_t abi_major = 0, abi_minor = 0;
  std::uint32_t ops = 0;  // mask of TENON_OP_*
  struct Action {
    std::string name;
    std::vector<std::string> required_fields, optional_fields;
    bool open_fields = false, readback = false;
    std::uint32_t max_records = 1;
    std::uint64_t max_bytes = 0;  // 0: not said
    std::string unique;           // a field of which no value stands twice in a batch
  };
  std::vector<Action> actions;
  struct Setting {
    std::string name, title, type;
    bool required = false;
  };
  std::vector<Setting> settings;
  struct Slot {
    std::string name, kind, header, prefix, query;
    bool required = false;
    std::vector<std::string> endpoints;
  };
  std::vector<Slot> credentials;
  std::vector<std::string> streams;
  struct Endpoint {
    std::string name;
    std::vector<std::string> methods;
  };
  std::vector<Endpoint> endpoints;
  std::vector<std::string> slots, buckets;
};

// The member that a field names: "/email" and "email" are "email". Empty for one that lies deeper.
std::string member_of(const std::string& field);

// Reads what the checks need; the host reads and judges the rest. On failure `error` says where,
// what was wanted and found.
std::optional<ManifestFacts> read_facts(std::string_view toml, std::string& error);

}  // namespace tenon::conformance
