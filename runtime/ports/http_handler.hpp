// HttpHandler: what ingest and api implement and a server drives.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/task.hpp"
#include "ports/http_client.hpp"

namespace tenon {

// Of an inbound request: line and headers, before the body is read.
struct HttpHead {
  std::string method;
  std::string path;                  // percent-encoded as received, without the query
  std::string query;                 // after '?', as received
  HttpHeaders headers;               // names lower-case, order kept
  std::string peer;                  // address without port; "unix:UID" on a Unix socket
  std::uint64_t content_length = 0;  // 0 also when chunked
  bool chunked = false;

  // First value of a header by its lower-case name, or empty.
  std::string_view header(std::string_view name) const;
};

struct HttpResponse {
  std::uint32_t status = 200;
  HttpHeaders headers;  // content-length, connection and date are the server's
  std::string body;
  bool close = false;
};

// What to do with the body: answer at once without reading it, or read at most so many bytes (as on
// the wire; more is answered by 413 and close).
struct Admission {
  std::optional<HttpResponse> refuse;
  std::uint64_t max_body = 0;
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual Admission admit(const HttpHead& head) = 0;
  // `body` is as on the wire (content codings not undone). Always answers; never throws but
  // operation_aborted.
  virtual Task<HttpResponse> handle(HttpHead head, std::string body) = 0;
};

}  // namespace tenon
