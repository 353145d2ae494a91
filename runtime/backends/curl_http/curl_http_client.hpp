// CurlHttpClient: HttpClient through libcurl's multi interface on the caller's event loop.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "ports/clock.hpp"
#include "ports/http_client.hpp"

namespace tenon {

struct CurlOptions {
  std::size_t max_transfers = 1'024;  // at the same time; one more gets no_connection at once
  long max_connections = 256;         // open at the same time; further transfers wait
  long max_connections_per_host = 64;
  milliseconds connect_timeout{5'000};  // resolution, connection and TLS
  std::chrono::seconds max_idle{60};    // a kept connection is not used after so long without use
};

// One thread: that of `executor`; no thread of its own but libcurl's name resolution. HTTP/1.1 with
// keep-alive, or h2 where TLS agreed on it; TLS 1.2 or newer, always verified. `deadline` is of
// `clock`, which must be the system's: sockets know no other.
class CurlHttpClient final : public HttpClient {
 public:
  CurlHttpClient(boost::asio::any_io_executor executor, Clock& clock, CurlOptions options = {});
  ~CurlHttpClient() override;

  Task<HttpReply> send(HttpRequest request, Instant deadline) override;

  // Transfers under way, for metrics and tests.
  std::size_t transfers() const;

 private:
  class Loop;
  std::shared_ptr<Loop> loop_;  // shared with handlers of sockets and timers, which may run last
  Clock& clock_;
};

}  // namespace tenon
