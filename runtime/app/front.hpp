// Front: one listener, two handlers: vendors' webhooks by their path, all else is ingest's.
#pragma once

#include <string>
#include <utility>

#include "ports/http_handler.hpp"

namespace tenon::app {

class Front final : public HttpHandler {
 public:
  Front(HttpHandler& ingest, HttpHandler& webhooks, std::string_view webhook_prefix)
      : ingest_(ingest), webhooks_(webhooks), prefix_(webhook_prefix) {}

  Admission admit(const HttpHead& head) override { return of(head).admit(head); }
  Task<HttpResponse> handle(HttpHead head, std::string body) override {
    HttpHandler& handler = of(head);
    return handler.handle(std::move(head), std::move(body));
  }

 private:
  HttpHandler& of(const HttpHead& head) const {
    return head.path.starts_with(prefix_) ? webhooks_ : ingest_;
  }

  HttpHandler& ingest_;
  HttpHandler& webhooks_;
  std::string prefix_;
};

}  // namespace tenon::app
