// BeastServer on real sockets: framing, limits, deadlines, keep-alive, Unix sockets, stopping.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "async/scope.hpp"
#include "backends/beast_server/beast_server.hpp"
#include "backends/system/system_clock.hpp"

namespace tenon {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

// Echoes what it was given; refuses /refused before the body.
class EchoHandler final : public HttpHandler {
 public:
  Admission admit(const HttpHead& head) override {
    Admission admission;
    admission.max_body = 1'000'000;
    if (head.path == "/refused") {
      admission.refuse = HttpResponse{};
      admission.refuse->status = 401;
    }
    return admission;
  }
  Task<HttpResponse> handle(HttpHead head, std::string body) override {
    HttpResponse response;
    response.body = head.method + " " + head.path + "?" + head.query + " " + head.peer + " " +
                    std::string(head.header("x-name")) + " " + std::to_string(body.size()) + " " +
                    body.substr(0, 20);
    co_return response;
  }
};

Task<void> stop_server(BeastServer& server) { co_await server.stop(milliseconds(200)); }

// The server runs on a thread of its own; clients here are blocking.
struct ServerWorld {
  explicit ServerWorld(BeastServer::Options options = {})
      : server(io.get_executor(), handler, clock, telemetry), scope(io.get_executor()) {
    options.sweep = milliseconds(10);
    started = server.start(options);
    EXPECT_TRUE(started.has_value());
    thread = std::thread([this] { io.run(); });
  }
  ~ServerWorld() {
    asio::post(io, [this] { scope.spawn(stop_server(server), "stop"); });
    thread.join();
  }
  asio::ip::tcp::socket connect() {
    asio::ip::tcp::socket socket(client);
    socket.connect({asio::ip::make_address("127.0.0.1"), server.port()});
    return socket;
  }
  // Sends, and reads until the server closes.
  std::string talk(const std::string& bytes) {
    auto socket = connect();
    error_code error;
    asio::write(socket, asio::buffer(bytes), error);
    return read_all(socket);
  }
  template <typename Socket>
  static std::string read_all(Socket& socket) {
    std::string out(1 << 20, '\0');
    error_code error;
    std::size_t got = 0;
    while (!error) got += socket.read_some(asio::buffer(&out[got], out.size() - got), error);
    out.resize(got);
    return out;
  }

  asio::io_context io, client;
  EchoHandler handler;
  SystemClock clock;
  SilentTelemetry telemetry;
  BeastServer server;
  Scope scope;
  Result<void> started;
  std::thread thread;
};

std::string status_of(const std::string& answer) { return answer.substr(9, 3); }

TEST(HttpServer, ServesOneAfterTheOther) {
  ServerWorld world;
  const auto answer = world.talk(
      "GET /a?b=c HTTP/1.1\r\nHost: x\r\nX-Name: \xC3\xBC\r\n\r\n"
      "POST /d HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
  EXPECT_NE(answer.find("GET /a?b=c 127.0.0.1 \xC3\xBC 0 "), std::string::npos) << answer;
  EXPECT_NE(answer.find("POST /d? 127.0.0.1  5 hello"), std::string::npos) << answer;
  EXPECT_NE(answer.find("\r\ndate: "), std::string::npos);
}

TEST(HttpServer, ReadsLargeAndChunkedBodies) {
  ServerWorld world;
  const std::string body(900'000, 'x');
  EXPECT_NE(
      world.talk("POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 900000\r\n\r\n" + body)
          .find(" 900000 xxx"),
      std::string::npos);
  EXPECT_NE(world
                .talk("POST / HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
                .find(" 11 hello world"),
            std::string::npos);
}

TEST(HttpServer, HeadHasNoBodyAndExpectIsAnswered) {
  ServerWorld world;
  const auto head = world.talk("HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
  auto socket = world.connect();
  asio::write(socket, asio::buffer(std::string(
                          "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
                          "Connection: close\r\n\r\n")));
  std::string first(25, '\0');
  asio::read(socket, asio::buffer(first));
  EXPECT_EQ(first, "HTTP/1.1 100 Continue\r\n\r\n");
  asio::write(socket, asio::buffer(std::string("ok")));
  EXPECT_NE(ServerWorld::read_all(socket).find(" 2 ok"), std::string::npos);
}

TEST(HttpServer, RefusesDoubtfulFraming) {
  ServerWorld world;
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
  for (const std::string& headers :
       {std::string("Content-Length: 5\r\nContent-Length: 5\r\n"),
        std::string("Content-Length: 5\r\nContent-Length: 6\r\n"),
        std::string("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        std::string("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
        std::string("Content-Length: five\r\n"), std::string("Content-Length: -1\r\n")}) {
    const auto answer = world.talk(post + headers + "\r\nhello");
    EXPECT_EQ(status_of(answer), "400") << headers << answer;
    EXPECT_NE(answer.find("connection: close"), std::string::npos);
  }
  EXPECT_EQ(status_of(world.talk("nonsense\r\n\r\n")), "400");
}

TEST(HttpServer, KeepsToItsLimits) {
  ServerWorld world;
  const std::string end = "\r\nConnection: close\r\n\r\n";
  EXPECT_EQ(status_of(world.talk("GET /" + std::string(8'000, 'a') + " HTTP/1.1" + end)), "200");
  EXPECT_EQ(status_of(world.talk("GET /" + std::string(8'200, 'a') + " HTTP/1.1" + end)), "414");
  EXPECT_EQ(status_of(world.talk("GET / HTTP/1.1\r\nX: " + std::string(17'000, 'a') + end)), "431");
  std::string many = "GET / HTTP/1.1";
  for (int i = 0; i < 99; ++i) many += "\r\nX-" + std::to_string(i) + ": 1";
  EXPECT_EQ(status_of(world.talk(many + end)), "200");
  EXPECT_EQ(status_of(world.talk(many + "\r\nY: 1" + end)), "431");
  EXPECT_EQ(status_of(world.talk("POST / HTTP/1.1\r\nContent-Length: 1000001\r\n\r\n")), "413");
  EXPECT_EQ(status_of(world.talk("POST /refused HTTP/1.1\r\nContent-Length: 9\r\n\r\n")), "401");
}

TEST(HttpServer, DropsSlowSenders) {
  BeastServer::Options options;
  options.header_deadline = options.body_grace = options.idle = milliseconds(60);
  options.min_body_rate = 100'000;
  ServerWorld world(options);
  EXPECT_EQ(world.talk(""), "");                        // idle
  EXPECT_EQ(world.talk("GET / HTTP/1.1\r\nHost"), "");  // headers that do not come
  EXPECT_EQ(world.talk("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab"), "");
  EXPECT_EQ(world.talk("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), "");
}

TEST(HttpServer, LimitsConnectionsOfOneAddress) {
  BeastServer::Options options;
  options.max_per_address = 2;
  ServerWorld world(options);
  auto a = world.connect();
  auto b = world.connect();
  EXPECT_EQ(status_of(world.talk("")), "429");
}

TEST(HttpServer, UnixSocketsAreForOneUser) {
  char folder[] = "/tmp/tenon-http-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  BeastServer::Options options;
  options.unix_path = std::string(folder) + "/api.sock";
  {
    ServerWorld world(options);
    struct stat found {};
    ASSERT_EQ(stat(options.unix_path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600u);
    asio::local::stream_protocol::socket socket(world.client);
    socket.connect(asio::local::stream_protocol::endpoint(options.unix_path));
    asio::write(socket, asio::buffer(std::string("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")));
    EXPECT_NE(ServerWorld::read_all(socket).find("unix:" + std::to_string(geteuid())),
              std::string::npos);
  }
  EXPECT_EQ(rmdir(folder), 0);  // the socket's file is gone
}

TEST(HttpServer, StaysOnLoopbackWithoutTls) {
  asio::io_context io;
  EchoHandler handler;
  SystemClock clock;
  SilentTelemetry telemetry;
  BeastServer server(io.get_executor(), handler, clock, telemetry);
  BeastServer::Options options;
  options.address = "0.0.0.0";
  EXPECT_EQ(server.start(options).error().kind, ErrorKind::invalid);
  options.address = "localhost";
  EXPECT_EQ(server.start(options).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace tenon
