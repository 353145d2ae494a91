// A model of the vendor: a small state machine that keeps records and says no as the vendor does.
#include <string>

#include "testkit/loadable_model.hpp"
#include "testkit/object_store.hpp"
#include "testkit/routes.hpp"

namespace {

using tenon::testkit::json_reply;
using tenon::testkit::ModelCall;
using tenon::testkit::ModelReply;
using tenon::testkit::ModelRequest;

class Model : public tenon::testkit::LoadableModel {
 public:
  // Pure: the same requests in the same order give the same replies. No clock, no threads, no
  // sleeping: `now_ms` is the time, and a reply may ask for a delay. 429, 5xx, lost answers and the
  // like come from outside: `tenon vendor faults my_vendor --throttle 20%`.
  ModelReply handle(const ModelRequest& request, std::int64_t now_ms,
                    std::uint64_t random) override {
    static const tenon::testkit::Routes<Model> kRoutes{{"GET", "/v1/me", &Model::me},
                                                       {"POST", "/v1/records", &Model::keep}};
    if (request.header("authorization") != "Bearer test-token") return refusal(401, "unauthorized");
    const auto reply = kRoutes.answer(*this, request, now_ms, random);
    return reply ? *reply : refusal(404, "not_found");
  }

  std::unique_ptr<VendorModel> clone() const override { return std::make_unique<Model>(*this); }

  // For people and tests: `tenon vendor state my_vendor` shows it.
  std::string state() const override {
    return R"({"records":)" + std::to_string(records_.size()) + R"(,"repeats":)" +
           std::to_string(repeats_) + "}";
  }
  // For tenon-check --model: without the count of repeats, which change nothing else.
  std::string holdings() const override {
    std::string all;
    for (const auto& [key, kept] : records_.all()) {
      all += (all.empty() ? "\"" : ",\"") + key + "\":" + kept.body;
    }
    return "{" + all + "}";
  }

  // How a host talks to this model under `tenon dev`.
  tenon::testkit::DevSetup dev() const override {
    return {R"([[destinations]]
name = "vendor"
connector = "my_vendor"
model = "{model}"
[destinations.settings]
url = "https://vendor.invalid"
[destinations.credentials]
token = "env:TENON_DEV_MY_VENDOR_TOKEN"

[[routes]]
name = "my_vendor"
sources = ["sample"]
destination = "vendor"
action = "send"
)",
            {{"TENON_DEV_MY_VENDOR_TOKEN", "test-token"}},
            "{}"};
  }

 private:
  struct Kept {
    std::string id, body;
  };

  ModelReply me(const ModelCall&) { return json_reply(200, R"({"ok":true,"account":"acc_1"})"); }

  ModelReply keep(const ModelCall& call) {
    const auto key = call.request.header("idempotency-key");
    if (!key || key->empty()) return refusal(400, "idempotency_key_missing");
    const std::string& body = call.request.body;
    if (body.size() < 3 || body.front() != '{') return refusal(422, "empty_record");
    bool created = false;
    Kept& kept = records_.at_or_new(std::string(*key), created);
    if (created) kept.body = body;
    if (!created) ++repeats_;
    return json_reply(created ? 201 : 200, R"({"id":")" + kept.id + R"("})");
  }

  tenon::testkit::ObjectStore<Kept> records_{"rec_"};  // by idempotency key
  std::uint64_t repeats_ = 0;
};

}  // namespace

TENON_VENDOR_MODEL(Model)
