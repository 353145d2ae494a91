// LoopbackClient: an HttpClient that cannot leave this machine, whatever it is asked.
#pragma once

#include <memory>

#include "ports/http_client.hpp"

namespace tenon::app {

// The last of three guards of a host with --models-only: its workspace names models only, egress
// sends to them, and this refuses every address that is not 127.0.0.1 to the byte.
class LoopbackClient final : public HttpClient {
 public:
  explicit LoopbackClient(std::unique_ptr<HttpClient> inner) : inner_(std::move(inner)) {}

  Task<HttpReply> send(HttpRequest request, Instant deadline) override {
    if (request.host == "127.0.0.1") return inner_->send(std::move(request), deadline);
    return refuse(std::move(request.host));
  }

 private:
  static Task<HttpReply> refuse(std::string host) {
    HttpReply reply;
    reply.got = Got::blocked;
    reply.error = "this host was started with --models-only and does not reach " + host;
    co_return reply;
  }

  std::unique_ptr<HttpClient> inner_;
};

}  // namespace tenon::app
