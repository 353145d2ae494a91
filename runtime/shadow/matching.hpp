// Matching: which recorded request a request is, so that it gets the recorded reply.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/captured_call.hpp"

namespace tenon::shadow {

// A path as it is compared: percent-encodings in upper case, those of letters, digits and -._~
// decoded (RFC 3986, 6.2.2). Nothing else is touched: no case, no slash, no id; two requests about
// different things are never one.
std::string normal_path(std::string_view path);

// Endpoint, method, normal path and covered records: what makes two requests of a step the same.
std::string key_of(const ConnectorRequest& request);

// Where each request of a step stands in the recording.
struct Match {
  std::vector<std::size_t> places;       // into CapturedStep::requests; of those before `without`
  std::optional<std::size_t> without{};  // the first request that the recording does not have
};

// Each recorded request is given once. Of several with one key that with the same body is taken,
// else the first one left.
Match match(const CapturedStep& recorded, const std::vector<ConnectorRequest>& asked);

}  // namespace tenon::shadow
