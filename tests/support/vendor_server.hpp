// VendorServer: puts a vendor's model behind HTTP(S) on loopback, with faults on request.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "async/task.hpp"
#include "base/result.hpp"
#include "sdk/testkit/model.hpp"

namespace tenon::support {

// One thread: that of the executor. `model` must outlive the server.
//
// Below /_ it speaks of itself instead of asking the model:
//   POST /_control  {"clear": true, "script": [REPLY...]}: answers given instead of the model's, in
//                   order, to requests whose path begins with `path`. REPLY: {"path", "times",
//                   "status", "headers": {}, "body", "raw" (bytes sent as they are), "delay_ms",
//                   "hang": true, "cut": true}, all optional.
//   POST /_model    options of the model, as it understands them
//   GET  /_state    {"requests": N, "by_status": {"200": N}, "scripted": N, "model": {...}}
//   GET  /_journal  the last requests (at most 1,000) with headers, body and status
class VendorServer {
 public:
  struct Options {
    std::uint16_t port = 0;        // 0 = any free one
    std::string certificate_file;  // PEM; with the key it makes the server speak TLS
    std::string key_file;
    std::function<std::string()> model_state;  // JSON of the model, for /_state; optional
    std::function<Result<void>(const std::string&)> model_set;  // for /_model; optional
  };

  VendorServer(boost::asio::any_io_executor executor, testkit::VendorModel& model, Options options);
  VendorServer(const VendorServer&) = delete;
  VendorServer& operator=(const VendorServer&) = delete;
  ~VendorServer();  // stop() must have ended, unless start() never succeeded

  // Listens on 127.0.0.1 and serves from now on; gives the port.
  Result<std::uint16_t> start();
  // Breaks all connections and waits until nothing runs.
  Task<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tenon::support
