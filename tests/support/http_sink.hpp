// HttpSink: a small HTTP server whose answers are raw bytes, right or wrong as the test wants.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/scope.hpp"

namespace tenon::testing {

struct SinkRequest {
  std::string head;  // request line and headers, as received
  std::string body;
  int connection = 0;  // number of the connection that brought it, from 1
};

struct SinkAnswer {
  std::string bytes;   // written as they are
  bool close = false;  // afterwards; else the connection is kept
  bool hang = false;   // then nothing more, ever, and the connection stays open
};

// A whole answer with Content-Length.
std::string answer(int status, std::string_view body, std::string_view more_headers = {});

// A certificate authority made at run time, and a server certificate of it for 127.0.0.1 and
// localhost. Files live in a temporary folder until the end.
class TestCa {
 public:
  TestCa();
  ~TestCa();
  TestCa(const TestCa&) = delete;
  TestCa& operator=(const TestCa&) = delete;
  std::string ca_file() const { return folder_ + "/ca.pem"; }
  std::string cert_file() const { return folder_ + "/server.pem"; }
  std::string key_file() const { return folder_ + "/server.key"; }

 private:
  std::string folder_;
};

// Serves on 127.0.0.1 on a free port, on the caller's executor, until `stop`.
class HttpSink {
 public:
  using Handler = std::function<SinkAnswer(const SinkRequest&)>;
  // With a CA: TLS.
  HttpSink(boost::asio::any_io_executor executor, Handler handler, const TestCa* ca = nullptr);
  ~HttpSink();
  HttpSink(const HttpSink&) = delete;
  HttpSink& operator=(const HttpSink&) = delete;

  std::uint16_t port() const;
  const std::vector<SinkRequest>& requests() const;
  int connections() const;
  Task<void> stop();

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with its connections
};

}  // namespace tenon::testing
