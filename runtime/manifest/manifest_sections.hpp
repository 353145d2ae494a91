// The parts of a manifest, each read by one function; shared by the files that implement them.
#pragma once

#include "manifest/manifest.hpp"
#include "manifest/reader.hpp"

namespace tenon::manifest {

constexpr std::size_t kMaxEndpoints = 32, kMaxSlots = 16, kMaxSettings = 64, kMaxActions = 64;
constexpr std::size_t kMaxRateLimits = 32, kMaxFields = 500;

void read_connector(TableReader& root, Manifest& out);
void read_endpoints(TableReader& root, Manifest& out);
void read_slots(TableReader& root, Manifest& out);
void read_settings(TableReader& root, Manifest& out);
void read_actions(TableReader& root, Manifest& out);
void read_rate_limits(TableReader& root, Manifest& out);
void read_policies(TableReader& root, Manifest& out);  // retry, limits, sign

// The name of one entry of [[kind]]: required, of the form of names, once per kind. "" if wrong.
std::string read_entry_name(TableReader& entry, std::vector<std::string>& taken);
// Path of an entry for error texts: "slot[token]", or "slot[2]" if it has no name.
std::string entry_path(std::string_view kind, const TomlNode& entry, std::size_t index);

}  // namespace tenon::manifest
