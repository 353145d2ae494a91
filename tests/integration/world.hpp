// A whole set-up on loopback: vendors' models, a real tenond that delivers to them, and the
// programs that look into it.
#pragma once

#include <memory>

#include "integration/programs.hpp"

namespace tenon::testing {

// A vendor's model as a program of its own; address and pages as vendor_server.hpp tells.
class Vendor {
 public:
  // `set`: options of the model; `arguments`: more of tenon-vendor.
  Vendor(const Folder& folder, const std::string& model, const nlohmann::json& set,
         const std::vector<std::string>& arguments = {});
  const std::string& url() const { return url_; }
  nlohmann::json state() const { return http("GET", url_ + "/_model/state").json(); }
  nlohmann::json journal() const { return http("GET", url_ + "/_model/journal").json(); }
  void set(const nlohmann::json& options) const;
  // Answers given instead of the model's, in order.
  void script(const nlohmann::json& replies) const;

 private:
  std::unique_ptr<Running> running_;
  std::string url_;
};

// One source "web", one destination "inbox" of the webhook connector, one route that sends all of
// it; with start_crm also "crm" of the hubspot connector, which gets the contacts of identify
// calls. Start the vendors first.
class World {
 public:
  static constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  static constexpr const char* kWriteKey = "wk-integration-7d1f";
  static constexpr const char* kCrmToken = "pat-integration-90c4";
  static constexpr const char* kAuthorization =
      "authorization: Basic d2staW50ZWdyYXRpb24tN2QxZjo=";  // of kWriteKey
  static constexpr const char* kLoopback = "peers = \"allow_loopback\"";

  void start_vendor(const nlohmann::json& set = nlohmann::json::object(),
                    const std::vector<std::string>& vendor_arguments = {});
  void start_crm(const nlohmann::json& set = nlohmann::json::object());
  // The connectors of the host: those of the build, until one is added. `manifest` "": as it is.
  std::string add_connector(const std::string& so, const std::string& manifest = {});

  // `inbox_lines`: more keys of the destination "inbox".
  std::string workspace(const std::string& inbox_lines = kLoopback) const;
  // Starts tenond on the same data folder each time; false, with its output shown, if it does not
  // become ready.
  bool start_host(const std::string& inbox_lines = kLoopback);
  bool start_host_with(const std::string& workspace_text);
  // Only starts it; wait_ready looks for its ports and readiness.
  void spawn_host(const std::string& workspace_text);
  bool wait_ready();
  // The same without a word; false also if it ends before it is ready.
  bool comes_up();

  Environment environment;                  // of the host
  std::vector<std::string> host_arguments;  // more of them

  Running& host() { return *host_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(ingest_port_); }
  // Of a host with --api-listen 127.0.0.1:0.
  std::string api() const { return "http://127.0.0.1:" + std::to_string(api_port_); }
  int ingest_port() const { return ingest_port_; }
  std::string metrics_url() const { return "http://127.0.0.1:" + std::to_string(metrics_port_); }
  bool healthy() const { return http("GET", metrics_url() + "/healthz").status == 200; }
  const Vendor& inbox() const { return *inbox_; }
  const Vendor& crm() const { return *crm_; }
  const std::string& vendor() const { return inbox_->url(); }
  const Folder& folder() const { return folder_; }
  std::string data() const { return folder_ / "data"; }

  // Of the admin API; `body` null: none.
  Answer admin(const std::string& method, const std::string& path,
               const nlohmann::json& body = nullptr) const;
  Answer post(const std::string& path, const nlohmann::json& body) const;
  // `headers` beside content type and key.
  Answer post_raw(const std::string& path, const std::string& body,
                  std::vector<std::string> headers = {}) const;
  nlohmann::json vendor_state() const { return inbox_->state(); }
  nlohmann::json journal() const { return inbox_->journal(); }
  bool eventually_distinct(std::size_t deliveries) const;
  // `tenon ARGUMENTS...`.
  Finished cli(std::vector<std::string> arguments) const;
  // `tenon --json ARGUMENTS...`; discarded if the answer is no JSON.
  nlohmann::json tenon(std::vector<std::string> arguments) const;
  // The trace of an event of source "web" once `destination` has it in `state` (or patience ends,
  // which is a failure).
  nlohmann::json trace(const std::string& message_id) const;
  nlohmann::json trace_until(const std::string& message_id, const std::string& destination,
                             const std::string& state) const;

 private:
  Folder folder_;
  std::unique_ptr<Vendor> inbox_, crm_;
  std::unique_ptr<Running> host_;
  bool own_connectors_ = false;
  int ingest_port_ = 0, metrics_port_ = 0, api_port_ = 0;
  int starts_ = 0;
};

nlohmann::json track(const std::string& message_id);
std::string now_text();  // RFC 3339
std::int64_t now_ms();   // of the wall clock
nlohmann::json identify(const std::string& message_id, const std::string& email);
// The delivery to `destination` in a trace; null if there is none.
nlohmann::json delivery_of(const nlohmann::json& trace, const std::string& destination);
// Which member of the events in a journal of the webhook model, one per request.
std::vector<std::string> message_ids(const nlohmann::json& journal);
// The shipped manifest of hubspot with another address, as the default of a setting: the code is
// told neither.
std::string hubspot_manifest(const std::string& url);

// Of tests/support/connectors/inbound.cpp: webhooks by a secret in their path.
std::string inbound_manifest(const std::string& version);

}  // namespace tenon::testing
