// LoopbackCallback: takes the one request by which a vendor sends a browser back (RFC 8252).
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace tenon::cli {

struct CameBack {
  std::string state, error;  // error: the vendor's code and text, where the person did not agree
  Secret code;
};

// On a free port of 127.0.0.1, until it goes.
class LoopbackCallback {
 public:
  static Result<LoopbackCallback> open();
  LoopbackCallback(LoopbackCallback&& other) noexcept;
  LoopbackCallback(const LoopbackCallback&) = delete;
  ~LoopbackCallback();

  // "http://127.0.0.1:PORT/callback"
  std::string uri() const;
  // Requests for anything else, such as /favicon.ico, are answered by 404. timeout: nobody came.
  Result<CameBack> wait(std::chrono::seconds patience);

 private:
  LoopbackCallback(int socket, int port) : socket_(socket), port_(port) {}
  int socket_, port_;
};

// Of the target of a request: its query, read. False: it is not for the callback.
bool read_callback(const std::string& target, CameBack& out);

}  // namespace tenon::cli
