// Base: a small connector without defects; each animal of the zoo changes one thing in it.
#pragma once

#include <string>
#include <string_view>

#include "tenon/connector.hpp"
#include "tenon/json.hpp"
#include "tenon/reply.hpp"

namespace zoo {

using namespace tenon::sdk;

// Posts all records in one request {"items":[...]}; the vendor answers {"done":[{"id": ...}]}.
class Base {
 public:
  static constexpr std::uint32_t kOps = TENON_OP_DELIVER;
  explicit Base(std::string_view settings) { read_settings(settings); }
  virtual ~Base() = default;

  virtual void step(const Call& call, Step& step) const {
    if (call.op() != TENON_OP_DELIVER) throw unsupported("op: wanted deliver");
    if (call.action() != "send") throw unsupported("action: wanted send");
    if (call.step() == 0 && !call.records().empty()) return ask(call, step);
    for (const Record record : call.records()) {
      const auto response = call.response(0);
      if (response) conclude(call, record, *response, step);
    }
  }

 protected:
  virtual void ask(const Call& call, Step& step) const {
    Request request("api", "POST", "/v1/items");
    std::string body = "{\"items\":[";
    for (const Record record : call.records()) {
      if (record.index() > 0) body += ',';
      body += record.body();
      request.covers(record.index());
    }
    request.json(body + "]}");
    step.send(request);
    step.suspend();
  }

  virtual void conclude(const Call&, const Record& record, const Response& response,
                        Step& step) const {
    if (!response.answered()) return step.end(record.index(), unanswered(response));
    if (response.ok() && is_done(record, response)) {
      step.end(record.index(), Outcome::accepted());
    } else {
      step.end(record.index(), Outcome::retry(TENON_APPLIED_MAYBE, TENON_REASON_VENDOR_ERROR, ""));
    }
  }

  static bool is_done(const Record& record, const Response& response) {
    const auto body = read_json(response.body());
    const Json* done = body ? member(*body, "done") : nullptr;
    if (done == nullptr || !done->is_array()) return false;
    for (const Json& item : *done) {
      if (text_of(item, "id") == record.id()) return true;
    }
    return false;
  }
};

}  // namespace zoo
