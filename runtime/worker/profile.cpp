// The names of the isolation profiles.
#include "worker/lockdown.hpp"

namespace tenon::worker {

Result<Profile> profile_of(std::string_view name) {
  if (name == "strict") return Profile::strict;
  if (name == "default") return Profile::standard;
  return invalid("isolation profile: wanted strict or default, found " + std::string(name));
}

}  // namespace tenon::worker
