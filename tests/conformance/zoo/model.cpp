// The vendor of the zoo: keeps items, knows a repeat by its key, has an answer for every request.
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "testkit/loadable_model.hpp"

namespace {

using Json = nlohmann::json;
using tenon::testkit::ModelReply;
using tenon::testkit::ModelRequest;

class Vendor : public tenon::testkit::LoadableModel {
 public:
  ModelReply handle(const ModelRequest& request, std::int64_t, std::uint64_t) override {
    if (request.header("authorization") != "Bearer test-token") return json(401, {{"ok", false}});
    if (request.method == "GET") return json(200, {{"ok", true}});
    const Json body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) return json(400, {{"error", "no object"}});
    if (request.path == "/v1/items") return keep(request, body);
    if (request.path == "/v1/changes") return changes(body);
    if (request.path == "/v1/read") return read(body);
    return json(404, {{"error", "no such path"}});
  }

  std::string state() const override { return Json(items_).dump(); }

 private:
  // Without a key each write is a new one, as with most vendors.
  ModelReply keep(const ModelRequest& request, const Json& body) {
    const auto key = request.header("idempotency-key");
    Json reply{{"done", Json::array()}, {"failed", Json::array()}};
    for (const Json& item : body.value("items", Json::array())) {
      const std::string id = item.value("id", ""), email = item.value("email", "");
      if (email.find('@') == std::string::npos) {
        reply["failed"].push_back({{"id", id}, {"code", "bad_email"}});
        continue;
      }
      const std::string name = key ? id : id + "/" + std::to_string(items_.size());
      if (items_.emplace(name, item).second) order_.push_back(name);
      reply["done"].push_back({{"id", id}, {"ref", "ref-" + name}});
    }
    if (reply["failed"].empty()) reply.erase("failed");
    return json(200, reply);
  }

  // Two on a page, by number.
  ModelReply changes(const Json& body) const {
    const std::string after = body.value("after", "");
    std::size_t at = after.empty() ? 0 : std::stoul(after);
    Json items = Json::array();
    for (; at < order_.size() && items.size() < 2; ++at) {
      items.push_back({{"id", "c" + std::to_string(at + 1)},
                       {"email", items_.at(order_[at]).value("email", "")}});
    }
    return json(200,
                {{"items", items}, {"next", std::to_string(at)}, {"more", at < order_.size()}});
  }

  ModelReply read(const Json& body) const {
    Json found = Json::array(), missing = Json::array();
    for (const Json& email : body.value("emails", Json::array())) {
      bool there = false;
      for (const auto& [name, item] : items_) {
        if (there || item.value("email", "") != email) continue;
        found.push_back(item);
        there = true;
      }
      if (!there) missing.push_back(email);
    }
    return json(200, {{"items", found}, {"missing", missing}});
  }

  static ModelReply json(std::uint32_t status, const Json& body) {
    ModelReply reply;
    reply.status = status;
    reply.headers = {{"content-type", "application/json"}};
    reply.body = body.dump();
    return reply;
  }

  std::map<std::string, Json> items_;
  std::vector<std::string> order_;
};

}  // namespace

TENON_VENDOR_MODEL(Vendor)
