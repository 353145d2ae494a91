// Accepting within limits, sweeping deadlines, stopping in order.
#include "backends/beast_server/beast_server.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <map>

#include "async/scope.hpp"
#include "backends/beast_server/listener.hpp"
#include "backends/beast_server/session.hpp"
#include "base/assert.hpp"

namespace tenon {
namespace {

namespace asio = boost::asio;
using beast_server::Session;
using beast_server::Socket;
using boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptPause{100};  // after running out of descriptors

constexpr std::string_view kFull =
    "HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 0\r\n"
    "connection: close\r\n\r\n";

}  // namespace

struct BeastServer::Impl {
  Impl(asio::any_io_executor ex, HttpHandler& handler, Clock& clock, Telemetry& telemetry)
      : executor(std::move(ex)),
        shared{handler, clock, telemetry, {}, 0, false},
        scope(executor),
        listener(executor),
        ended(executor) {}

  Task<void> accept_loop();
  Task<void> sweep_loop();
  struct Entry;
  Task<void> serve(std::unique_ptr<Entry> entry);
  void admit(Socket socket);
  void close_sessions(bool idle_only);

  asio::any_io_executor executor;
  beast_server::Shared shared;
  Scope scope;
  beast_server::Listener listener;
  std::list<Session> sessions;
  std::map<std::string, std::size_t> per_address;
  asio::steady_timer ended;  // cancelled when the last session goes
  bool started = false, stopped = false;
};

// A session's place in the books; leaves them with the Task that owns it, however that ends.
struct BeastServer::Impl::Entry {
  Entry(Impl& i, Socket socket, std::string peer) : impl(i), address(std::move(peer)) {
    ++impl.per_address[address];
    place = impl.sessions.emplace(impl.sessions.end(), std::move(socket), address, impl.shared);
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry() {
    impl.sessions.erase(place);
    if (--impl.per_address[address] == 0) impl.per_address.erase(address);
    if (impl.sessions.empty()) impl.ended.cancel();
  }
  Impl& impl;
  std::string address;
  std::list<Session>::iterator place;
};

Task<void> BeastServer::Impl::accept_loop() {
  asio::steady_timer pause(executor);
  while (!shared.stopping) {
    error_code error;
    std::optional<Socket> socket = co_await listener.accept(error);
    if (shared.stopping) break;
    if (socket) {
      admit(std::move(*socket));
      continue;
    }
    shared.telemetry.log(LogLevel::warning, "http.accept_failed", {{"error", error.message()}});
    pause.expires_after(kAcceptPause);
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

void BeastServer::Impl::admit(Socket socket) {
  auto peer = beast_server::peer_of(socket);
  if (!peer) {
    shared.telemetry.count("http_connections_refused", {{"reason", name_of(peer.error().kind)}});
    return;
  }
  const bool per_address_full = !peer->starts_with("unix:") && per_address.contains(*peer) &&
                                per_address[*peer] >= shared.options.max_per_address;
  if (sessions.size() >= shared.options.max_connections || per_address_full) {
    shared.telemetry.count("http_connections_refused", {{"reason", "limit"}});
    error_code ignored;  // best effort: it must not wait
    (void)socket.non_blocking(true, ignored);
    (void)socket.send(asio::buffer(kFull.data(), kFull.size()), 0, ignored);
    return;
  }
  auto entry = std::make_unique<Entry>(*this, std::move(socket), std::move(*peer));
  scope.spawn(serve(std::move(entry)), "http session");
}

Task<void> BeastServer::Impl::serve(std::unique_ptr<Entry> entry) { co_await entry->place->run(); }

void BeastServer::Impl::close_sessions(bool idle_only) {
  for (Session& session : sessions) {
    if (!idle_only || session.idle()) session.close();
  }
}

Task<void> BeastServer::Impl::sweep_loop() {
  asio::steady_timer timer(executor);
  while (!stopped) {
    timer.expires_after(shared.options.sweep);
    error_code error;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    const auto now = std::chrono::steady_clock::now();
    for (Session& session : sessions) {
      if (session.deadline() > now) continue;
      shared.telemetry.count("http_connections_expired", {});
      session.close();
    }
  }
}

BeastServer::BeastServer(asio::any_io_executor executor, HttpHandler& handler, Clock& clock,
                         Telemetry& telemetry)
    : impl_(std::make_unique<Impl>(std::move(executor), handler, clock, telemetry)) {}

BeastServer::~BeastServer() = default;

Result<void> BeastServer::start(Options options) {
  TENON_ASSERT(!impl_->started);
  TENON_ASSERT(options.min_body_rate > 0);
  TENON_TRY(impl_->listener.open(options));
  impl_->started = true;
  impl_->shared.options = std::move(options);
  impl_->scope.spawn(impl_->accept_loop(), "http accept");
  impl_->scope.spawn(impl_->sweep_loop(), "http sweep");
  return {};
}

std::uint16_t BeastServer::port() const { return impl_->listener.port(); }
std::size_t BeastServer::connections() const { return impl_->sessions.size(); }

Task<void> BeastServer::stop(std::chrono::milliseconds grace) {
  Impl& impl = *impl_;
  impl.shared.stopping = true;
  impl.listener.close();
  impl.close_sessions(true);
  const auto until = std::chrono::steady_clock::now() + grace;
  while (!impl.sessions.empty() && std::chrono::steady_clock::now() < until) {
    impl.ended.expires_at(until);
    error_code woken;
    co_await impl.ended.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  impl.stopped = true;
  impl.close_sessions(false);
  impl.scope.cancel();
  co_await impl.scope.join();
}

}  // namespace tenon
