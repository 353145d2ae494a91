// HttpClient: sends one request, gives one answer. No retry, no redirect, no cookie, no proxy.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/task.hpp"
#include "base/bytes.hpp"
#include "base/time.hpp"

namespace tenon {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// Which peer addresses may be connected to; checked on the real address, after resolution.
enum class PeerPolicy : std::uint8_t {
  public_only,     // no loopback, private, link-local, multicast ... addresses
  allow_loopback,  // an operator opened 127.0.0.0/8 and ::1 for this destination
  allow_private,   // an operator opened private ranges and loopback for this destination
};

struct HttpRequest {
  bool tls = true;
  std::string host;  // name or address as the manifest or the operator gave it, lower-case
  std::uint16_t port = 443;
  std::string method, target;  // target: origin form, already checked and encoded
  HttpHeaders headers;         // already checked; credentials spliced in. Wiped after use
  std::string body;
  PeerPolicy peers = PeerPolicy::public_only;
  std::string ca_file;        // extra trust anchors for this destination; empty = the system's
  Bytes max_reply{8u << 20};  // decoded
};

// Numbers of the ABI (TENON_GOT_*), so that a reply crosses to the connector unchanged.
enum class Got : std::uint8_t {
  none = 0,
  http = 1,           // a whole answer
  timeout = 2,        // the deadline passed after something was sent: maybe applied
  no_connection = 3,  // provably nothing was sent
  blocked = 4,        // refused by our own policy before sending
  lost = 5,           // sent, but no full answer came: maybe applied
};
std::string_view name_of(Got got);

struct HttpReply {
  Got got = Got::none;
  std::uint32_t status = 0;
  HttpHeaders headers;  // lower-case names
  std::string body;
  std::uint64_t body_total = 0;  // > body.size(): cut at max_reply
  std::string error;             // of got != http: what happened, in words; holds no secret
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // Always answers by `deadline` or soon after. Throws operation_aborted if cancelled.
  virtual Task<HttpReply> send(HttpRequest request, Instant deadline) = 0;
};

}  // namespace tenon
