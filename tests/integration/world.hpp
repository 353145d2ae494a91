// A whole set-up on loopback: a vendor's model, a real tenond that delivers to it, and the programs
// that look into it.
#pragma once

#include <memory>

#include "integration/programs.hpp"

namespace tenon::testing {

// One source "web" (write key "key"), one destination "inbox" of the webhook connector, one route
// that sends all of it. Start the vendor first.
class World {
 public:
  static constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  // `set`: options of the model; `vendor_arguments`: more of tenon-vendor.
  void start_vendor(const nlohmann::json& set = nlohmann::json::object(),
                    const std::vector<std::string>& vendor_arguments = {});
  // Starts tenond on the same data folder each time; false, with its output shown, if it does not
  // become ready.
  bool start_host(const std::string& destination_lines = "peers = \"allow_loopback\"");

  Running& host() { return *host_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(ingest_port_); }
  std::string metrics_url() const { return "http://127.0.0.1:" + std::to_string(metrics_port_); }
  const std::string& vendor() const { return vendor_url_; }
  const Folder& folder() const { return folder_; }

  Answer post(const std::string& path, const nlohmann::json& body) const;
  // {"requests": .., "model": {..}}
  nlohmann::json vendor_state() const;
  nlohmann::json journal() const;
  bool eventually_distinct(std::size_t deliveries) const;
  // `tenon ARGUMENTS... --json`.
  nlohmann::json tenon(std::vector<std::string> arguments) const;

 private:
  Folder folder_;
  std::unique_ptr<Running> vendor_, host_;
  std::string vendor_url_;
  int ingest_port_ = 0, metrics_port_ = 0;
  int starts_ = 0;
};

}  // namespace tenon::testing
