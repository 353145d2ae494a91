// Scrubbing: nothing that leaves egress holds a secret; what people see is cut and escaped.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "ports/connector_runtime.hpp"
#include "ports/http_client.hpp"

namespace tenon {

constexpr std::size_t kMaxExcerptBytes = 2 * 1024;
constexpr std::size_t kMaxErrorTextBytes = 512;
constexpr std::size_t kMinScrubbedBytes = 4;  // shorter values would blot out ordinary text
constexpr std::string_view kRedacted = "[redacted]";

// Finds live secret values: as they are, in base64 (plain and URL alphabet, at any alignment), with
// percent escapes of what needs them or of every byte, in hex, and with JSON's escapes. Holds
// copies, wiped at its end.
class Scrubber {
 public:
  explicit Scrubber(const std::vector<Secret>& live);
  // Replaces every find. `cut`: the text goes on behind its end, so that a beginning of a secret
  // there goes, too.
  enum class End { whole, cut };
  void scrub(std::string& text, End end = End::whole) const;

 private:
  void add(std::string_view value);
  void add_form(std::string form);
  std::vector<Secret> forms_;  // longest first
};

// What a connector may see of a reply: without Set-Cookie, WWW-Authenticate and the like, scrubbed.
void scrub_reply(HttpReply& reply, const Scrubber& scrubber);

// For people: control characters and broken UTF-8 escaped as \n, \t, \xHH; at most
// kMaxExcerptBytes, "..." at a cut.
std::string excerpt(std::string_view text, std::size_t most = kMaxExcerptBytes);
// Of a request before credentials are put in: method and target, headers, body.
std::string request_excerpt(const ConnectorRequest& request);
// Of a scrubbed reply: status, headers, body; or what went wrong.
std::string reply_excerpt(const HttpReply& reply);

}  // namespace tenon
