// BeastServer: HTTP/1.1 on TCP or a Unix socket, driving one HttpHandler within stated limits.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "async/task.hpp"
#include "base/result.hpp"
#include "ports/clock.hpp"
#include "ports/http_handler.hpp"
#include "ports/telemetry.hpp"

namespace tenon {

// One thread: that of the executor. The handler must outlive the server.
class BeastServer {
 public:
  struct Options {
    // Either an address with a port (0 = any free one, see port()) ...
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    // ... or the path of a Unix socket (mode 0600), open to this process's user and root only.
    std::string unix_path;
    bool allow_plain = false;  // clear text beyond loopback: a proxy in front does the TLS

    std::size_t max_request_line = 8 * 1024;
    std::size_t max_header_bytes = 16 * 1024;  // request line included
    std::size_t max_header_fields = 100;
    std::size_t max_connections = 1'024;
    std::size_t max_per_address = 64;                  // TCP only
    std::size_t max_buffered_bytes = 256 << 20;        // bodies being read or handled, all added up
    std::chrono::milliseconds header_deadline{5'000};  // from a request's first byte to its headers
    std::chrono::milliseconds body_grace{5'000};       // then at least min_body_rate on average
    std::size_t min_body_rate = 1'024;                 // bytes per second
    std::chrono::milliseconds idle{30'000};            // between requests, and for taking an answer
    std::chrono::milliseconds sweep{100};              // how often deadlines are looked at
  };

  BeastServer(boost::asio::any_io_executor executor, HttpHandler& handler, Clock& clock,
              Telemetry& telemetry);
  BeastServer(const BeastServer&) = delete;
  BeastServer& operator=(const BeastServer&) = delete;
  ~BeastServer();  // stop() must have ended, unless start() never succeeded

  // Listens and serves from now on. Once. invalid: an address that is none, or beyond loopback in
  // clear text; conflict: the address or path is taken; unavailable: the system says no.
  Result<void> start(Options options);
  std::uint16_t port() const;  // of TCP
  std::size_t connections() const;

  // Accepts no more, closes what idles, lets running requests end within `grace`, then closes all.
  Task<void> stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tenon
