// Reading with deadlines and limits, answering, and closing so that the answer is not lost.
#include "backends/beast_server/session.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

namespace tenon::beast_server {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 16 * 1024;  // of headers, and of chunked bodies
constexpr std::size_t kBodyReadBytes = 256 * 1024;
// After a refusal the sender may still be sending; to close on it would destroy the answer.
constexpr std::chrono::milliseconds kLinger{2'000};
constexpr std::size_t kLingerBytes = 16 << 20;

// Bodies count against one limit from before they are read until they are answered.
class Room {
 public:
  Room(Shared& shared, std::uint64_t bytes)
      : shared_(shared), bytes_(static_cast<std::size_t>(bytes)) {
    fits_ = bytes <= shared.options.max_buffered_bytes - shared.buffered_bytes;
    if (fits_) shared_.buffered_bytes += bytes_;
  }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room() {
    if (fits_) shared_.buffered_bytes -= bytes_;
  }
  bool fits() const { return fits_; }

 private:
  Shared& shared_;
  std::size_t bytes_;
  bool fits_;
};

}  // namespace

Session::Session(Socket socket, std::string peer, Shared& shared)
    : socket_(std::move(socket)), peer_(std::move(peer)), shared_(shared) {}

void Session::close() {
  error_code ignored;
  socket_.close(ignored);
}

void Session::expire_after(std::chrono::milliseconds span) {
  deadline_ = std::chrono::steady_clock::now() + span;
}

void Session::expire_by_rate(SteadyTime began, std::uint64_t received) {
  const auto earned = std::chrono::milliseconds(received * 1'000 / shared_.options.min_body_rate);
  deadline_ = began + shared_.options.body_grace + earned;
}

Task<void> Session::run() {
  bool more = true;
  while (more && !shared_.stopping) more = co_await one_request();
  deadline_ = SteadyTime::max();
  close();
}

Task<bool> Session::read_more() {
  error_code error;
  const auto space = buffer_.prepare(kReadBytes);
  const std::size_t got =
      co_await socket_.async_read_some(space, asio::redirect_error(asio::use_awaitable, error));
  buffer_.commit(got);
  co_return !error && got != 0;
}

// False if the connection ended; a syntax error is answered here, too.
Task<bool> Session::read_headers(Parser& parser) {
  parser.header_limit(static_cast<std::uint32_t>(shared_.options.max_header_bytes));
  parser.body_limit(boost::none);
  idle_ = buffer_.size() == 0;
  expire_after(idle_ ? shared_.options.idle : shared_.options.header_deadline);
  if (idle_) {
    const bool more = co_await read_more();
    if (!more) co_return false;
    idle_ = false;
    expire_after(shared_.options.header_deadline);
  }
  while (true) {
    error_code error;
    buffer_.consume(parser.put(buffer_.data(), error));
    if (parser.is_header_done()) co_return true;
    if (error && error != http::error::need_more) {
      HttpResponse refusal = refuse_syntax(error, shared_.options);
      (void)co_await answer(std::move(refusal), false, true);
      co_await linger();
      co_return false;
    }
    const bool more = co_await read_more();
    if (!more) co_return false;
  }
}

Task<bool> Session::one_request() {
  Parser parser;
  const bool whole = co_await read_headers(parser);
  if (!whole) co_return false;
  deadline_ = SteadyTime::max();
  HttpHead head = head_of(parser, peer_);
  const bool with_body = head.method != "HEAD";
  const bool has_body = head.chunked || head.content_length != 0;
  Admission admission;
  admission.refuse = refuse_headers(parser, shared_.options);
  if (!admission.refuse) admission = shared_.handler.admit(head);
  if (!admission.refuse && head.content_length > admission.max_body) {
    admission.refuse =
        closing(413, "wanted a body of at most " + std::to_string(admission.max_body) +
                         " bytes, found " + std::to_string(head.content_length));
  }
  const Room room(shared_, head.chunked ? admission.max_body : head.content_length);
  if (!admission.refuse && !room.fits()) {
    admission.refuse = closing(429, "too many bodies are being read; come again");
  }
  if (admission.refuse) {
    const bool keep = !has_body && !admission.refuse->close && parser.keep_alive();
    HttpResponse refusal = std::move(*admission.refuse);
    const bool sent = co_await answer(std::move(refusal), keep, with_body);
    if (sent && !keep) co_await linger();
    co_return (sent && keep);
  }
  std::string body;
  const bool complete = co_await read_body(parser, head, admission.max_body, body);
  if (!complete) co_return false;
  deadline_ = SteadyTime::max();
  HttpResponse response = co_await shared_.handler.handle(std::move(head), std::move(body));
  const bool keep = parser.keep_alive() && !response.close && !shared_.stopping;
  const bool sent = co_await answer(std::move(response), keep, with_body);
  co_return (sent && keep);
}

Task<bool> Session::read_body(Parser& parser, const HttpHead& head, std::uint64_t max_body,
                              std::string& body) {
  if (!head.chunked && head.content_length == 0) co_return true;
  if (buffer_.size() == 0) {
    const bool said = co_await say_continue(parser);
    if (!said) co_return false;
  }
  bool whole = false;
  if (head.chunked) {
    whole = co_await read_chunked(parser, max_body, body);
  } else {
    whole = co_await read_sized(head.content_length, body);
  }
  co_return whole;
}

Task<bool> Session::say_continue(const Parser& parser) {
  if (parser.get()[http::field::expect].empty()) co_return true;
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  error_code error;
  expire_after(shared_.options.idle);
  co_await asio::async_write(socket_, asio::buffer(kContinue.data(), kContinue.size()),
                             asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

// Straight into the string that the handler gets.
Task<bool> Session::read_sized(std::uint64_t length, std::string& body) {
  const SteadyTime began = std::chrono::steady_clock::now();
  const std::size_t early = std::min<std::size_t>(buffer_.size(), length);
  body.reserve(length);
  body.assign(static_cast<const char*>(buffer_.data().data()), early);
  buffer_.consume(early);
  while (body.size() < length) {
    const std::size_t have = body.size();
    body.resize(std::min<std::size_t>(length, have + kBodyReadBytes));
    expire_by_rate(began, have);
    error_code error;
    const auto space = asio::buffer(body.data() + have, body.size() - have);
    const std::size_t got =
        co_await socket_.async_read_some(space, asio::redirect_error(asio::use_awaitable, error));
    body.resize(have + got);
    if (error || got == 0) co_return false;
  }
  co_return true;
}

Task<bool> Session::read_chunked(Parser& parser, std::uint64_t max_body, std::string& body) {
  const SteadyTime began = std::chrono::steady_clock::now();
  parser.body_limit(max_body);
  parser.eager(true);
  std::uint64_t received = buffer_.size();
  while (!parser.is_done()) {
    error_code error;
    if (buffer_.size() != 0) buffer_.consume(parser.put(buffer_.data(), error));
    if (parser.is_done()) break;
    // What is left over is the head of a chunk or trailers, which must fit like headers.
    if (!error && buffer_.size() > shared_.options.max_header_bytes) {
      error = http::error::header_limit;
    }
    if (error && error != http::error::need_more) {
      HttpResponse refusal = refuse_syntax(error, shared_.options);
      (void)co_await answer(std::move(refusal), false, true);
      co_await linger();
      co_return false;
    }
    expire_by_rate(began, received);
    const std::size_t before = buffer_.size();
    const bool more = co_await read_more();
    if (!more) co_return false;
    received += buffer_.size() - before;
  }
  body = std::move(parser.get().body());
  co_return true;
}

Task<bool> Session::answer(HttpResponse response, bool keep_alive, bool with_body) {
  const std::string head = answer_head(response, keep_alive, shared_.clock.now());
  const std::array<asio::const_buffer, 2> parts = {
      asio::buffer(head), asio::buffer(response.body.data(), with_body ? response.body.size() : 0)};
  expire_after(shared_.options.idle);
  error_code error;
  co_await asio::async_write(socket_, parts, asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

Task<void> Session::linger() {
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  expire_after(std::min(kLinger, shared_.options.idle));
  std::size_t dropped = 0;
  while (!error && dropped < kLingerBytes) {
    buffer_.clear();
    const auto space = buffer_.prepare(kReadBytes);
    dropped +=
        co_await socket_.async_read_some(space, asio::redirect_error(asio::use_awaitable, error));
  }
}

}  // namespace tenon::beast_server
