// An operator's URL, and the path that a connector takes from a next-page link: what is accepted
// reads the same when it is written out and read again.
#include "egress/check.hpp"
#include "egress/endpoint.hpp"
#include "fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const auto peers = static_cast<tenon::PeerPolicy>(input.number(1) % 3);
  const std::string url = input.line(), path(input.rest());
  const auto origin = tenon::parse_origin(url, peers);
  if (origin) {
    const auto again = tenon::parse_origin(tenon::text_of(*origin) + origin->base_path, peers);
    fuzz::must(again && *again == *origin);
    fuzz::must(origin->host.find_first_of("/\\@?# \r\n") == std::string::npos);
  }
  if (tenon::check_path(path)) {
    fuzz::must(path[0] == '/' && path.find("/../") == std::string::npos);
    fuzz::must(path.find_first_of("?#\\ \r\n") == std::string::npos);
  }
  return 0;
}
