// Setup: the workspace file of a world, and what it means for an event.
#pragma once

#include <set>
#include <string>

#include "sim/profile.hpp"

namespace tenon::sim {

// Variants differ in routes and in limits of destinations.
constexpr int kVariants = 3;
std::string workspace_toml(const Profile& profile, int variant);
// The destinations that an event of this type gets under a variant.
std::set<std::string> wanted_destinations(const Profile& profile, const std::string& type,
                                          int variant);

}  // namespace tenon::sim
