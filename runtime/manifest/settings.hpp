// The settings of a destination with what its connector's manifest says where they say nothing.
#pragma once

#include <cstdint>
#include <string>

#include "manifest/manifest.hpp"

namespace tenon {

// The default of an address that an endpoint takes is for the host: a connector knows endpoints by
// their names alone.
enum class SettingsFor : std::uint8_t { connector, host };

// `settings`, a JSON object, with the manifest's default for each setting that it leaves out.
std::string with_defaults(const Manifest& manifest, const std::string& settings, SettingsFor whom);

}  // namespace tenon
