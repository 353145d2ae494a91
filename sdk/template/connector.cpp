// The smallest complete connector: one request per record, one outcome per reply.
#include <string>
#include <string_view>

#include "tenon/connector.hpp"
#include "tenon/json.hpp"
#include "tenon/reply.hpp"

namespace {

using namespace tenon::sdk;

class Template {
 public:
  static constexpr std::uint32_t kOps = TENON_OP_DELIVER | TENON_OP_CHECK;
  explicit Template(std::string_view settings) { read_settings(settings); }

  void step(const Call& call, Step& step) const {
    if (call.op() == TENON_OP_CHECK)
      return;  // better: one cheap request that proves the credential
    if (call.action() != "send") {
      throw unsupported("action: wanted send, found " + std::string(call.action()));
    }
    if (call.step() == 0) {
      ask(call, step);
    } else {
      conclude(call, step);
    }
  }

 private:
  static void ask(const Call& call, Step& step) {
    for (const Record record : call.records()) {
      Request request("api", "POST", "/v1/records");
      request.tag(record.index()).covers(record.index()).idempotency_key(record.id());
      request.json(std::string(record.body()));
      step.send(request);
    }
    if (!call.records().empty()) step.suspend();
  }

  static void conclude(const Call& call, Step& step) {
    for (const Record record : call.records()) {
      const auto response = call.response(record.index());
      if (response) step.end(record.index(), outcome_of(*response, call.now_ms()));
    }
  }

  static Outcome outcome_of(const Response& response, std::int64_t now_ms) {
    if (!response.answered()) return unanswered(response);
    if (response.status() == 201) return Outcome::accepted();
    if (response.status() == 422) {
      return Outcome::rejected(TENON_REASON_VENDOR_REJECTED, "the vendor's validation refused it");
    }
    const auto wait = retry_after_ms(response, now_ms);
    return Outcome::retry(TENON_APPLIED_MAYBE, TENON_REASON_VENDOR_ERROR,
                          "HTTP status " + std::to_string(response.status()))
        .after_ms(wait.value_or(0));
  }
};

}  // namespace

TENON_CONNECTOR(Template)
