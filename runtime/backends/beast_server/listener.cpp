// TCP on loopback (or in the clear on purpose), Unix sockets for one user.
#include "backends/beast_server/listener.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

namespace tenon::beast_server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::local::stream_protocol;
using boost::system::error_code;

bool is_loopback(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
  }
  return address.is_loopback();
}

Error refused(const error_code& error, const std::string& what, std::string place) {
  if (error == asio::error::address_in_use) {
    return conflict(what + ": another process listens there; stop it or choose another", place);
  }
  return unavailable(what + ": " + error.message(), std::move(place));
}

// True if somebody answers at the path; a socket file may also be left over from a killed process.
bool answers(asio::any_io_executor& executor, const std::string& path) {
  stream_protocol::socket probe(executor);
  error_code error;
  probe.connect(stream_protocol::endpoint(path), error);
  return !error;
}

}  // namespace

Listener::Listener(asio::any_io_executor executor)
    : executor_(std::move(executor)), tcp_(executor_), unix_(executor_) {}

Result<void> Listener::open(const BeastServer::Options& options) {
  return options.unix_path.empty() ? open_tcp(options) : open_unix(options.unix_path);
}

Result<void> Listener::open_tcp(const BeastServer::Options& options) {
  const std::string place = options.address + ":" + std::to_string(options.port);
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) return invalid("wanted an IP address, found \"" + options.address + "\"", place);
  if (!is_loopback(address) && !options.allow_plain) {
    return invalid(
        "wanted a loopback address, since this listener has no TLS; listen on 127.0.0.1 behind a "
        "TLS proxy, or allow plain HTTP explicitly",
        place);
  }
  const tcp::endpoint endpoint(address, options.port);
  (void)tcp_.open(endpoint.protocol(), error);
  if (!error) (void)tcp_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) (void)tcp_.bind(endpoint, error);
  if (!error) (void)tcp_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return refused(error, "cannot listen", place);
  port_ = tcp_.local_endpoint(error).port();
  return {};
}

Result<void> Listener::open_unix(const std::string& path) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return invalid("wanted a path of at most " + std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
                       " bytes, found " + std::to_string(path.size()),
                   path);
  }
  struct stat found {};
  if (lstat(path.c_str(), &found) == 0) {
    if (!S_ISSOCK(found.st_mode)) return conflict("wanted a free path or a socket", path);
    if (answers(executor_, path)) return conflict("another process listens there", path);
    unlink(path.c_str());
  }
  error_code error;
  (void)unix_.open(stream_protocol(), error);
  const mode_t before = umask(0177);  // no moment in which others could connect
  if (!error) (void)unix_.bind(stream_protocol::endpoint(path), error);
  umask(before);
  if (!error) unix_path_ = path;
  if (!error) (void)unix_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return refused(error, "cannot listen", path);
  return {};
}

void Listener::close() {
  error_code ignored;
  (void)tcp_.close(ignored);
  (void)unix_.close(ignored);
  if (!unix_path_.empty()) unlink(unix_path_.c_str());
  unix_path_.clear();
}

Task<std::optional<Socket>> Listener::accept(error_code& error) {
  if (unix_.is_open()) {
    stream_protocol::socket socket(executor_);
    co_await unix_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return std::nullopt;
    co_return Socket(std::move(socket));
  }
  tcp::socket socket(executor_);
  co_await tcp_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return std::nullopt;
  error_code ignored;
  (void)socket.set_option(tcp::no_delay(true), ignored);
  co_return Socket(std::move(socket));
}

Result<std::string> peer_of(Socket& socket) {
  error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return unavailable("the connection is gone already");
  if (endpoint.protocol().family() == AF_UNIX) {
    ucred who{};
    socklen_t size = sizeof who;
    if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) {
      return unavailable("the system does not say who connects");
    }
    if (who.uid != 0 && who.uid != geteuid()) {
      return unauthorized("wanted this process's user or root, found uid " +
                          std::to_string(who.uid));
    }
    return "unix:" + std::to_string(who.uid);
  }
  tcp::endpoint address;
  if (endpoint.size() > address.capacity()) return unavailable("an address of an unknown kind");
  std::memcpy(address.data(), endpoint.data(), endpoint.size());
  address.resize(endpoint.size());
  return address.address().to_string();
}

}  // namespace tenon::beast_server
