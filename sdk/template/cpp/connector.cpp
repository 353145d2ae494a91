// The connector: one request per record, and the vendor's own word for each outcome.
#include <string>
#include <string_view>

#include "tenon/connector.hpp"
#include "tenon/reply.hpp"
#include "tenon/settings.hpp"

namespace {

using namespace tenon::sdk;

class Connector {
 public:
  explicit Connector(std::string_view settings) { Settings(settings).only({"url"}); }

  // Step 0 asks, step 1 reads the answers. Nothing is kept in between but what `suspend` is given.
  Next deliver(const Call& call, DeliverStep& step) const {
    if (call.action() != "send") throw unknown_action(call, "send");
    if (call.step() == 0 && !call.records().empty()) return ask(call, step);
    return step.end_each(call.records(), [&](const Record& record) {
      const auto response = call.response(record.index());
      if (!response) return Outcome();  // UNRESOLVED: nobody knows
      give_hints(*response, call.now_ms(), step);
      return outcome_of(*response, call.now_ms());
    });
  }

  // One cheap request that proves the credential.
  Next check(const Call& call, CheckStep& step) const {
    if (call.step() == 0) {
      step.send(Request::get("api", "/v1/me"));
      return step.suspend();
    }
    const auto response = call.response(0);
    // The account's name proves that the vendor answered, and not a proxy's sign-in page.
    if (response && response->ok() && !response->json()["account"].text().empty()) {
      return step.done();
    }
    if (response && response->status() == 401) {
      step.auth_rejected("token");
      throw bad_config("token: the vendor does not take it (HTTP 401)");
    }
    throw Refusal(TENON_E_RESPONSE, "wanted the account from /v1/me, found no such answer");
  }

 private:
  static Next ask(const Call& call, DeliverStep& step) {
    for (const Record record : call.records()) {
      Request request = Request::post("api", "/v1/records");
      request.carries(record);
      // The vendor knows a repeated key, so the host may send the same request again by itself.
      request.header("idempotency-key", record.id()).idempotent();
      request.json(std::string(record.body()));
      step.send(request);
    }
    return step.suspend();
  }

  // News that is about more than the record.
  static void give_hints(const Response& response, std::int64_t now_ms, DeliverStep& step) {
    if (response.status() == 401) step.auth_rejected("token");
    if (response.status() == 429) {
      const auto wait = retry_after_ms(response, now_ms);
      step.throttled("default", wait ? now_ms + *wait : 0);
    }
  }

  // What the vendor says about the record, by its status and then by its body.
  static Outcome outcome_of(const Response& response, std::int64_t now_ms) {
    if (!response.answered()) return unanswered(response);
    const std::string code = std::to_string(response.status());
    const auto wait = retry_after_ms(response, now_ms).value_or(0);
    switch (response.status()) {
      case 200:  // it had this key already
      case 201: return written(response);
      case 400:
      case 413:
      case 422:
        return Outcome::rejected(TENON_REASON_VENDOR_REJECTED, "the vendor refused the record")
            .code(code);
      case 401:
        return Outcome::retry(TENON_APPLIED_NO, TENON_REASON_AUTH_REJECTED,
                              "the vendor does not take the token")
            .code(code);
      case 429:
        return Outcome::retry(TENON_APPLIED_NO, TENON_REASON_THROTTLED, "too many requests")
            .code(code)
            .after_ms(wait);
      default:
        return Outcome::retry(TENON_APPLIED_MAYBE, TENON_REASON_VENDOR_ERROR,
                              "an answer that the vendor does not promise")
            .code(code)
            .after_ms(wait);
    }
  }

  // A status proves nothing: a proxy's sign-in page has 200 too. The vendor's id does.
  static Outcome written(const Response& response) {
    const std::string id = response.json()["id"].text();
    if (id.empty()) {
      return Outcome::retry(TENON_APPLIED_MAYBE, TENON_REASON_UNREADABLE_REPLY,
                            "a yes without the id of the record");
    }
    return response.status() == 200 ? Outcome::duplicate(id) : Outcome::accepted(id);
  }
};

}  // namespace

TENON_CONNECTOR(Connector)
