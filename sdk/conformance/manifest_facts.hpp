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
    std::vector<std::string> required_fields;
    std::uint32_t max_records = 1;
  };
  std::vector<Action> actions;
  struct Endpoint {
    std::string name;
    std::vector<std::string> methods;
  };
  std::vector<Endpoint> endpoints;
  std::vector<std::string> slots, buckets;
};

// Reads what the checks need; the host reads and judges the rest. On failure `error` says where,
// what was wanted and found.
std::optional<ManifestFacts> read_facts(std::string_view toml, std::string& error);

}  // namespace tenon::conformance
