// What a receiver's answer means: for the records it is about, and for the receiver as a whole.
#include "webhook.hpp"

namespace webhook {
namespace {

bool throttles(std::uint32_t status) { return status == 429 || status == 503; }
bool passes_by_itself(std::uint32_t status) {
  return status == 408 || status == 425 || status == 429 || status >= 500;
}
// Complaints about the content, where another content could do better.
bool about_content(std::uint32_t status) {
  return status == 400 || status == 413 || status == 415 || status == 422;
}

std::uint32_t wait_of(const Response& response, std::int64_t now_ms) {
  return throttles(response.status()) ? retry_after_ms(response, now_ms).value_or(0) : 0;
}

}  // namespace

Outcome outcome_of(const Response& response, std::int64_t now_ms, bool several) {
  if (!response.answered()) return unanswered(response);
  const std::uint32_t status = response.status();
  const std::string code = std::to_string(status);
  if (status >= 200 && status < 300) return Outcome::accepted();
  if (status == 429) {
    return Outcome::retry(TENON_APPLIED_NO, TENON_REASON_THROTTLED,
                          "the receiver asks to slow down (HTTP 429)")
        .code(code)
        .after_ms(wait_of(response, now_ms));
  }
  if (passes_by_itself(status)) {
    return Outcome::retry(TENON_APPLIED_MAYBE, TENON_REASON_VENDOR_ERROR,
                          "the receiver failed (HTTP " + code + ")")
        .code(code)
        .after_ms(wait_of(response, now_ms));
  }
  if (status == 410) {
    return Outcome::rejected(TENON_REASON_ENDPOINT_GONE,
                             "the receiver says that its address is gone (HTTP 410)")
        .code(code);
  }
  if (status >= 300 && status < 400) {
    return Outcome::rejected(TENON_REASON_REDIRECTED,
                             "the receiver redirects (HTTP " + code +
                                 "), which is not followed: put the final address into `url`")
        .code(code);
  }
  if (status >= 400 && several && about_content(status)) {
    return Outcome::isolate(TENON_REASON_BATCH_REJECTED,
                            "the receiver refused the array (HTTP " + code + ")")
        .code(code);
  }
  if (status >= 400) {
    return Outcome::rejected(TENON_REASON_VENDOR_REJECTED,
                             "the receiver refused it (HTTP " + code + ")")
        .code(code);
  }
  return Outcome::unresolved(TENON_REASON_UNREADABLE_REPLY,
                             "an answer of HTTP status " + code + " says nothing");
}

void give_hints(const Response& response, std::int64_t now_ms, AnyStep& step) {
  if (!response.answered()) return;
  if (throttles(response.status())) {
    const std::uint32_t wait = wait_of(response, now_ms);
    step.throttled("default", wait == 0 ? 0 : now_ms + wait);
  }
  if (response.status() == 410) step.vendor_down("target");
}

Outcome unreadable() {
  return Outcome::rejected(TENON_REASON_INVALID_RECORD,
                           "the mapped record is not readable as JSON");
}

std::optional<std::string> minified(std::string_view json) {
  if (!json_valid(json)) return std::nullopt;
  std::string out;
  json_minify(json, out);
  return out;
}

}  // namespace webhook
