// shape_of_url; the only file that includes the URL library.
#include "manifest/url_shape.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace tenon::manifest {
namespace {

Reach reach_of(const boost::urls::ipv4_address& address) {
  const auto b = address.to_bytes();
  if (b[0] == 127) return Reach::loopback;
  const bool closed = b[0] == 0 || b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) ||
                      (b[0] == 192 && b[1] == 168) || (b[0] == 169 && b[1] == 254) ||
                      (b[0] == 100 && (b[1] & 0xc0) == 64);
  return closed ? Reach::private_address : Reach::public_address;
}

Reach reach_of(const boost::urls::url_view& url) {
  if (url.host_type() == boost::urls::host_type::ipv4) return reach_of(url.host_ipv4_address());
  if (url.host_type() == boost::urls::host_type::ipv6) {
    const auto address = url.host_ipv6_address();
    if (address.is_loopback()) return Reach::loopback;
    const auto b = address.to_bytes();
    const bool closed = (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) ||
                        address.is_v4_mapped() || address.is_unspecified();
    return closed ? Reach::private_address : Reach::public_address;
  }
  const std::string host = url.host_name();
  const bool local = host == "localhost" ||
                     (host.size() > 10 && host.compare(host.size() - 10, 10, ".localhost") == 0);
  return local ? Reach::loopback : Reach::by_name;
}

}  // namespace

UrlShape shape_of_url(std::string_view text) {
  UrlShape out;
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (text.size() > 2'048 || !parsed) {
    out.mistake = "no URL such as \"https://hooks.example.com/in\"";
    return out;
  }
  const auto& url = *parsed;
  out.secure = url.scheme_id() == boost::urls::scheme::https;
  if (!out.secure && url.scheme_id() != boost::urls::scheme::http) {
    out.mistake = "a scheme other than https and http";
  } else if (!url.has_authority() || url.encoded_host().empty()) {
    out.mistake = "no host";
  } else if (url.has_userinfo()) {
    out.mistake = "a user or password in the URL; use a credential";
  } else if (url.has_query() || url.has_fragment()) {
    out.mistake = "a query or fragment in the URL; give origin and path only";
  } else if (url.has_port() && !url.port().empty() && url.port_number() == 0) {
    out.mistake = "a port that is not from 1 to 65535";
  } else {
    out.reach = reach_of(url);
  }
  return out;
}

}  // namespace tenon::manifest
