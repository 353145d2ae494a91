// AppWebhooks: what HubSpot sends to the address of an app when contacts change, signed with v3.
#pragma once

#include <optional>

#include "hubspot/fake/model.hpp"

namespace hubspot::fake {

struct App {
  std::string client_secret = "app-secret";
  std::string url = "https://hooks.example.com/webhooks/hubspot";  // as HubSpot calls it
  std::uint64_t app_id = 1160452, portal_id = 33;
  std::uint64_t creation_subscription = 21, change_subscription = 25;
  std::size_t max_events = 100;  // in one request
};

// Looks at an account from time to time and tells its app what is new. Pure but for its memory.
class AppWebhooks {
 public:
  explicit AppWebhooks(App app = {}) : app_(std::move(app)) {}

  // The next request, of events since the last one; nothing if all has been told. `path` of the
  // request is the whole URL.
  std::optional<ModelRequest> next(const HubSpotModel& account, std::int64_t now_ms);
  // The same events once more, as after an answer that was not 2xx: new time, new signature.
  ModelRequest repeat(std::int64_t now_ms);

 private:
  using Json = nlohmann::json;
  void tell(std::uint64_t subscription, const char* type, const Contact& contact,
            const std::string& property, const std::string& value, std::int64_t now_ms);
  ModelRequest request_of(const Json& events, std::int64_t now_ms) const;

  App app_;
  std::map<std::string, Contact> seen_;
  std::deque<Json> waiting_;
  Json last_ = Json::array();
  std::uint64_t next_event_ = 3816279340;
};

// The headers of a request that HubSpot would send: its time and its v3 signature.
ModelRequest signed_webhook(const App& app, std::string body, std::int64_t now_ms);

}  // namespace hubspot::fake
