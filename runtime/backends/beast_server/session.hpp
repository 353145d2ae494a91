// One connection: requests one after the other, each with its deadlines.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>

#include "backends/beast_server/message.hpp"

namespace tenon::beast_server {

using Socket = boost::asio::generic::stream_protocol::socket;
using SteadyTime = std::chrono::steady_clock::time_point;

// What the sessions of one server share.
struct Shared {
  HttpHandler& handler;
  Clock& clock;
  Telemetry& telemetry;
  BeastServer::Options options;
  std::size_t buffered_bytes = 0;
  bool stopping = false;
};

// Run once by one Task; the sweeper and stop() of the same thread close it from outside.
class Session {
 public:
  Session(Socket socket, std::string peer, Shared& shared);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Task<void> run();

  // Ends the present wait, so that run() returns soon.
  void close();
  bool idle() const { return idle_; }
  SteadyTime deadline() const { return deadline_; }
  const std::string& peer() const { return peer_; }

 private:
  // Each gives false when the connection is to end.
  Task<bool> one_request();
  Task<bool> read_headers(Parser& parser);
  Task<bool> read_more();
  Task<bool> read_body(Parser& parser, const HttpHead& head, std::uint64_t max_body,
                       std::string& body);
  Task<bool> read_sized(std::uint64_t length, std::string& body);
  Task<bool> read_chunked(Parser& parser, std::uint64_t max_body, std::string& body);
  Task<bool> say_continue(const Parser& parser);
  Task<bool> answer(HttpResponse response, bool keep_alive, bool with_body);
  Task<void> linger();
  void expire_after(std::chrono::milliseconds span);
  void expire_by_rate(SteadyTime began, std::uint64_t received);

  Socket socket_;
  std::string peer_;
  Shared& shared_;
  boost::beast::flat_buffer buffer_;
  SteadyTime deadline_ = SteadyTime::max();
  bool idle_ = true;
};

}  // namespace tenon::beast_server
