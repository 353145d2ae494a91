// VendorModel: a vendor as a pure state machine, for tests, simulation and the demo.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::testkit {

using ModelHeaders = std::vector<std::pair<std::string, std::string>>;

// What the vendor receives, after credential and signature. Names of headers in lower case; path
// without query; query as on the wire, without "?".
struct ModelRequest {
  std::string method, path, query;
  ModelHeaders headers;
  std::string body;

  bool operator==(const ModelRequest&) const = default;

  // The value of the first header of that name (lower case).
  std::optional<std::string_view> header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return std::nullopt;
  }
};

struct ModelReply {
  std::uint32_t status = 200;
  ModelHeaders headers;
  std::string body;
  // What whoever plays the network should do besides; the model itself never waits.
  std::uint32_t delay_ms = 0;  // answer so much later
  bool hang = false;           // never answer; keep the connection
  bool cut = false;            // break the connection in the middle of the body
  bool lost = false;           // break the connection before the first byte of the answer

  bool operator==(const ModelReply&) const = default;
};

inline ModelReply text_reply(std::uint32_t status, std::string body,
                             std::string content_type = "text/plain") {
  ModelReply reply;
  reply.status = status;
  reply.headers.emplace_back("content-type", std::move(content_type));
  reply.body = std::move(body);
  return reply;
}
// `body` is JSON already; model_json.hpp makes it from a value.
inline ModelReply json_reply(std::uint32_t status, std::string body) {
  return text_reply(status, std::move(body), "application/json");
}

// Not thread-safe; a server in front of it serialises.
class VendorModel {
 public:
  virtual ~VendorModel() = default;
  // Takes one request at Unix time `now_ms` and changes the vendor's state. `random` is the only
  // randomness: same state, request, time and number give the same reply.
  virtual ModelReply handle(const ModelRequest& request, std::int64_t now_ms,
                            std::uint64_t random) = 0;

  // For FaultyModel; since 0.2, both may be left as they are.
  // A copy with a state of its own, so that an answer can look right though nothing was done. Null:
  // such an answer is then 200 with "{}".
  virtual std::unique_ptr<VendorModel> clone() const { return nullptr; }
  // The vendor's own words for a refusal of that status (400, 413, 429, 5xx); `why` is for people.
  virtual ModelReply refusal(std::uint32_t status, const std::string& why) const {
    std::string text = "{\"error\":\"";
    for (const char c : why) text += c == '"' || c == '\\' || c < ' ' ? '\'' : c;
    return json_reply(status, text + "\"}");
  }
};

}  // namespace tenon::testkit
