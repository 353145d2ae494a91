// The smallest complete connector: one request per record, one outcome per reply.
#include <string>
#include <string_view>

#include "tenon/connector.hpp"
#include "tenon/reply.hpp"
#include "tenon/settings.hpp"

namespace {

using namespace tenon::sdk;

class Template {
 public:
  explicit Template(std::string_view settings) { Settings(settings).only({}); }

  Next deliver(const Call& call, DeliverStep& step) const {
    if (call.action() != "send") throw unknown_action(call, "send");
    if (call.step() == 0) return ask(call, step);
    return step.end_each(call.records(), [&](const Record& record) {
      const auto response = call.response(record.index());
      return response ? outcome_of(*response, call.now_ms()) : Outcome();
    });
  }

  // Better: one cheap request that proves the credential.
  Next check(const Call&, CheckStep& step) const { return step.done(); }

 private:
  static Next ask(const Call& call, DeliverStep& step) {
    if (call.records().empty()) return step.done();
    for (const Record record : call.records()) {
      Request request = Request::post("api", "/v1/records");
      step.send(request.carries(record).json(std::string(record.body())));
    }
    return step.suspend();
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
