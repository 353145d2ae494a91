// Headers in, headers out.
#include "backends/beast_server/message.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <ctime>
#include <iterator>

#include "base/ascii.hpp"
#include "event/json.hpp"

namespace tenon::beast_server {
namespace {

namespace beast = boost::beast;

std::string_view std_view(beast::string_view text) { return {text.data(), text.size()}; }

std::string http_date(Time now) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const std::size_t length = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return std::string(text, length);
}

}  // namespace

HttpResponse closing(std::uint32_t status, std::string_view detail) {
  HttpResponse response;
  response.status = status;
  response.close = true;
  response.headers.emplace_back("content-type", "application/problem+json");
  if (status == 429) response.headers.emplace_back("retry-after", "1");
  const auto title = http::obsolete_reason(static_cast<http::status>(status));
  JsonWriter out;
  out.begin_object().key("type").string("about:blank").key("title").string(std_view(title));
  out.key("status").number(status).key("detail").string(detail).end_object();
  response.body = std::move(out).take();
  return response;
}

std::optional<HttpResponse> refuse_headers(const Parser& parser,
                                           const BeastServer::Options& options) {
  const auto& message = parser.get();
  const std::size_t line = message.method_string().size() + message.target().size() + 11;
  if (line > options.max_request_line) {
    return closing(414, "wanted a request line of at most " +
                            std::to_string(options.max_request_line) + " bytes, found " +
                            std::to_string(line));
  }
  const auto fields = static_cast<std::size_t>(std::distance(message.begin(), message.end()));
  if (fields > options.max_header_fields) {
    return closing(431, "wanted at most " + std::to_string(options.max_header_fields) +
                            " headers, found " + std::to_string(fields));
  }
  if (message.count(http::field::content_length) > 1) {
    return closing(400, "wanted one Content-Length, found several");
  }
  if (const auto codings = message.count(http::field::transfer_encoding); codings != 0) {
    if (message.count(http::field::content_length) != 0) {
      return closing(400, "wanted Content-Length or Transfer-Encoding, found both");
    }
    if (codings > 1 || message.version() < 11) {
      return closing(400, "wanted one Transfer-Encoding in HTTP/1.1");
    }
    if (!beast::iequals(message[http::field::transfer_encoding], "chunked")) {
      return closing(501, "wanted Transfer-Encoding chunked, found another");
    }
  }
  if (const auto expect = message[http::field::expect];
      !expect.empty() && !beast::iequals(expect, "100-continue")) {
    return closing(417, "wanted Expect: 100-continue, found another expectation");
  }
  return std::nullopt;
}

HttpResponse refuse_syntax(const boost::system::error_code& error,
                           const BeastServer::Options& options) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return closing(431, "wanted headers of at most " + std::to_string(options.max_header_bytes) +
                            " bytes, found more");
  }
  if (error == http::error::body_limit) return closing(413, "the body is over the limit");
  return closing(400, "wanted an HTTP/1.1 request, found a mistake: " + error.message());
}

HttpHead head_of(const Parser& parser, std::string peer) {
  const auto& message = parser.get();
  HttpHead head;
  head.method = message.method_string();
  const std::string_view target = std_view(message.target());
  const std::size_t query = target.find('?');
  head.path = target.substr(0, query);
  if (query != std::string_view::npos) head.query = target.substr(query + 1);
  for (const auto& field : message) {
    head.headers.emplace_back(lower(field.name_string()), std::string(std_view(field.value())));
  }
  head.peer = std::move(peer);
  head.chunked = parser.chunked();
  if (!head.chunked) head.content_length = parser.content_length().value_or(0);
  return head;
}

std::string answer_head(const HttpResponse& response, bool keep_alive, Time now) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  out += std_view(http::obsolete_reason(static_cast<http::status>(response.status)));
  out += "\r\ndate: " + http_date(now);
  for (const auto& [name, value] : response.headers) {
    out.append("\r\n").append(name).append(": ").append(value);
  }
  if (response.status != 204) out += "\r\ncontent-length: " + std::to_string(response.body.size());
  out += keep_alive ? "\r\n\r\n" : "\r\nconnection: close\r\n\r\n";
  return out;
}

}  // namespace tenon::beast_server
