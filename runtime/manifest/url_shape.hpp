// The shape of a URL that an operator gives as a destination's endpoint, and whom it reaches.
#pragma once

#include <string>
#include <string_view>

namespace tenon::manifest {

enum class Reach : unsigned char { by_name, public_address, loopback, private_address };

struct UrlShape {
  bool secure = false;  // https
  Reach reach = Reach::by_name;
  std::string mistake;  // "" = the URL is good; else what is wrong with it, without its text
};

// Wanted: http or https, a host, perhaps a port and a path; no user, query or fragment.
UrlShape shape_of_url(std::string_view url);

}  // namespace tenon::manifest
