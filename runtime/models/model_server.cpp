// One coroutine per connection; the model is asked on the one thread, so it needs no lock.
#include "models/model_server.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <optional>

#include "async/scope.hpp"
#include "models/control.hpp"

namespace tenon::models {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using testkit::ModelReply;
using testkit::ModelRequest;

namespace {

constexpr std::uint64_t kMaxBody = 32u << 20;

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

ModelRequest model_request(const http::request<http::string_body>& message) {
  ModelRequest out;
  out.method = message.method_string();
  const std::string target = message.target();
  const auto mark = target.find('?');
  out.path = target.substr(0, mark);
  if (mark != std::string::npos) out.query = target.substr(mark + 1);
  for (const auto& field : message) {
    std::string name = field.name_string();
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    out.headers.emplace_back(std::move(name), field.value());
  }
  out.body = message.body();
  return out;
}

std::string wire_of(const ModelReply& reply, bool keep_alive) {
  std::string out = "HTTP/1.1 " + std::to_string(reply.status) + " " +
                    std::string(http::obsolete_reason(http::int_to_status(reply.status))) + "\r\n";
  for (const auto& [name, value] : reply.headers) out += name + ": " + value + "\r\n";
  out += "content-length: " + std::to_string(reply.body.size()) + "\r\n";
  if (!keep_alive) out += "connection: close\r\n";
  return out + "\r\n" + reply.body;
}

}  // namespace

struct ModelServer::Impl {
  Impl(asio::any_io_executor ex, ServedModel& m, Options o)
      : executor(ex), model(m), options(std::move(o)), acceptor(ex), scope(ex) {}

  Result<void> open_tls() {
    error_code error;
    tls.emplace(asio::ssl::context::tls_server);
    tls->use_certificate_chain_file(options.certificate_file, error);
    if (error) return invalid(error.message(), options.certificate_file);
    tls->use_private_key_file(options.key_file, asio::ssl::context::pem, error);
    if (error) return invalid(error.message(), options.key_file);
    return {};
  }

  Task<void> accept_all();
  Task<void> serve_plain(tcp::socket socket);
  Task<void> serve_tls(tcp::socket socket);
  template <typename Stream>
  Task<void> serve(Stream& stream);
  // False: the connection ends.
  template <typename Stream>
  Task<bool> answer(Stream& stream, ModelRequest request, bool keep_alive);

  asio::any_io_executor executor;
  ServedModel& model;
  Options options;
  tcp::acceptor acceptor;
  std::optional<asio::ssl::context> tls;
  ModelJournal journal;
  Scope scope;  // last: its Tasks use all of the above
};

Task<void> ModelServer::Impl::accept_all() {
  while (acceptor.is_open()) {
    error_code error;
    tcp::socket socket(executor);
    co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error) continue;
    if (tls) {
      scope.spawn(serve_tls(std::move(socket)), "vendor connection");
    } else {
      scope.spawn(serve_plain(std::move(socket)), "vendor connection");
    }
  }
}

Task<void> ModelServer::Impl::serve_plain(tcp::socket socket) { co_await serve(socket); }

Task<void> ModelServer::Impl::serve_tls(tcp::socket socket) {
  asio::ssl::stream<tcp::socket> stream(std::move(socket), *tls);
  error_code error;
  co_await stream.async_handshake(asio::ssl::stream_base::server,
                                  asio::redirect_error(asio::use_awaitable, error));
  if (!error) co_await serve(stream);
}

template <typename Stream>
Task<void> ModelServer::Impl::serve(Stream& stream) {
  boost::beast::flat_buffer buffer;
  while (true) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(kMaxBody);
    error_code error;
    co_await http::async_read(stream, buffer, parser,
                              asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    auto request = model_request(parser.get());
    const bool more = co_await answer(stream, std::move(request), parser.keep_alive());
    if (!more) co_return;
  }
}

template <typename Stream>
Task<bool> ModelServer::Impl::answer(Stream& stream, ModelRequest request, bool keep_alive) {
  ModelReply reply;
  std::string raw;
  const bool own = request.path.starts_with(kControlPrefix);
  if (own) {
    reply = control(model, journal, request);
  } else if (auto scripted = journal.take(request)) {
    reply = std::move(scripted->reply);
    raw = std::move(scripted->raw);
  } else {
    reply = model.handle(request, now_ms());
  }
  const bool whole = raw.empty() && !reply.hang && !reply.cut && !reply.lost;
  if (!own) journal.record(now_ms(), request, whole ? reply.status : 0);

  error_code error;
  asio::steady_timer timer(executor);
  timer.expires_after(std::chrono::milliseconds(reply.delay_ms));
  if (reply.hang) timer.expires_at(asio::steady_timer::time_point::max());
  if (reply.hang || reply.delay_ms > 0) {
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
  if (reply.lost) co_return false;
  std::string wire = raw.empty() ? wire_of(reply, keep_alive) : std::move(raw);
  if (reply.cut) wire.resize(wire.size() - (reply.body.size() + 1) / 2);
  co_await asio::async_write(stream, asio::buffer(wire),
                             asio::redirect_error(asio::use_awaitable, error));
  co_return !error && whole && keep_alive;
}

ModelServer::ModelServer(asio::any_io_executor executor, ServedModel& model, Options options)
    : impl_(std::make_unique<Impl>(std::move(executor), model, std::move(options))) {}

ModelServer::~ModelServer() = default;

Result<std::uint16_t> ModelServer::start() {
  if (!impl_->options.certificate_file.empty()) TENON_TRY(impl_->open_tls());
  error_code error;
  const tcp::endpoint where(asio::ip::address_v4::loopback(), impl_->options.port);
  impl_->acceptor.open(where.protocol(), error);
  if (!error) impl_->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) impl_->acceptor.bind(where, error);
  if (!error) impl_->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return unavailable(error.message(), "port " + std::to_string(where.port()));
  impl_->scope.spawn(impl_->accept_all(), "vendor accept");
  return impl_->acceptor.local_endpoint().port();
}

Task<void> ModelServer::stop() {
  error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->scope.cancel();
  co_await impl_->scope.join();
}

}  // namespace tenon::models
