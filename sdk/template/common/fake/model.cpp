// A model of the vendor: a small state machine that keeps records and says no as the vendor does.
#include "testkit/loadable_model.hpp"

#include <map>
#include <string>

namespace {

using tenon::testkit::ModelReply;
using tenon::testkit::ModelRequest;

class Model : public tenon::testkit::LoadableModel {
 public:
  // Pure: the same requests in the same order give the same replies. No clock, no threads, no
  // sleeping: `now_ms` is the time, and a reply may ask for a delay.
  ModelReply handle(const ModelRequest& request, std::int64_t, std::uint64_t) override {
    if (request.header("authorization") != "Bearer test-token") {
      return json(401, R"({"error":"unauthorized"})");
    }
    if (request.method == "GET" && request.path == "/v1/me") {
      return json(200, R"({"ok":true,"account":"acc_1"})");
    }
    if (request.method == "POST" && request.path == "/v1/records") return keep(request);
    return json(404, R"({"error":"not_found"})");
  }

  // For people and tests: GET /_state of tenon-vendor shows it.
  std::string state() const override {
    return R"({"records":)" + std::to_string(records_.size()) + R"(,"repeats":)" +
           std::to_string(repeats_) + "}";
  }
  // For tenon-check --model: without the count of repeats, which change nothing else.
  std::string holdings() const override {
    std::string all;
    for (const auto& [key, kept] : records_) {
      all += (all.empty() ? "\"" : ",\"") + key + "\":" + kept.body;
    }
    return "{" + all + "}";
  }

 private:
  struct Kept {
    std::string id, body;
  };

  ModelReply keep(const ModelRequest& request) {
    const auto key = request.header("idempotency-key");
    if (!key || key->empty()) return json(400, R"({"error":"idempotency_key_missing"})");
    if (request.body.size() < 3 || request.body.front() != '{') {
      return json(422, R"({"error":"empty_record"})");
    }
    const auto known = records_.find(std::string(*key));
    if (known != records_.end()) {
      ++repeats_;
      return json(200, R"({"id":")" + known->second.id + R"("})");
    }
    const std::string id = "rec_" + std::to_string(records_.size() + 1);
    records_[std::string(*key)] = {id, request.body};
    return json(201, R"({"id":")" + id + R"("})");
  }

  static ModelReply json(std::uint32_t status, std::string body) {
    ModelReply reply;
    reply.status = status;
    reply.headers = {{"content-type", "application/json"}};
    reply.body = std::move(body);
    return reply;
  }

  std::map<std::string, Kept> records_;  // by idempotency key
  std::uint64_t repeats_ = 0;
};

}  // namespace

TENON_VENDOR_MODEL(Model)
