// Ingest's answers: the few forms that clients of Segment, RudderStack and CloudEvents understand.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "ports/http_handler.hpp"

namespace tenon {

// An RFC 9457 problem. No path, no stack, no secret.
HttpResponse problem(std::uint32_t status, std::string_view detail);

// Repeat later: 429 with whole seconds, at least one. Never 503, for which clients lose patience.
HttpResponse try_later(std::string_view detail, std::chrono::milliseconds retry_after);

// {"success":true}
HttpResponse success();

HttpResponse method_not_allowed(std::string_view allow);
HttpResponse preflight();
HttpResponse health(std::string_view status);
// 200 if there are no reasons, else 503.
HttpResponse readiness(const std::vector<std::string>& reasons);

// Lets pages of any origin read the answer.
void allow_any_origin(HttpResponse& response);

}  // namespace tenon
