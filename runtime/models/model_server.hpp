// ModelServer: puts a vendor's model behind HTTP(S) on loopback, with faults on request.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "async/task.hpp"
#include "models/served_model.hpp"

namespace tenon::models {

// One thread: that of the executor. `model` must outlive the server.
// What lies below /_model/ speaks of the model itself: control.hpp.
class ModelServer {
 public:
  struct Options {
    std::uint16_t port = 0;        // 0 = any free one
    std::string certificate_file;  // PEM; with the key it makes the server speak TLS
    std::string key_file;
  };

  ModelServer(boost::asio::any_io_executor executor, ServedModel& model, Options options);
  ModelServer(const ModelServer&) = delete;
  ModelServer& operator=(const ModelServer&) = delete;
  ~ModelServer();  // stop() must have ended, unless start() never succeeded

  // Listens on 127.0.0.1 and serves from now on; gives the port.
  Result<std::uint16_t> start();
  // Breaks all connections and waits until nothing runs.
  Task<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tenon::models
