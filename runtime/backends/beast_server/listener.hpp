// Opening a listening socket, and who it is that connects.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <optional>

#include "backends/beast_server/session.hpp"

namespace tenon::beast_server {

// A TCP or Unix listener.
class Listener {
 public:
  explicit Listener(boost::asio::any_io_executor executor);
  // As BeastServer::start.
  Result<void> open(const BeastServer::Options& options);
  std::uint16_t port() const { return port_; }
  // Accepts nothing more; removes the path of a Unix socket.
  void close();
  // Waits for a connection. `error` says why there is none.
  Task<std::optional<Socket>> accept(boost::system::error_code& error);

 private:
  Result<void> open_tcp(const BeastServer::Options& options);
  Result<void> open_unix(const std::string& path);

  boost::asio::any_io_executor executor_;
  boost::asio::ip::tcp::acceptor tcp_;
  boost::asio::local::stream_protocol::acceptor unix_;
  std::string unix_path_;  // ours to remove
  std::uint16_t port_ = 0;
};

// The address without port, or "unix:UID"; unauthorized: another user on a Unix socket.
Result<std::string> peer_of(Socket& socket);

}  // namespace tenon::beast_server
