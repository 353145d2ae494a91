// HttpClient over real sockets: what each way of failing is called, and what is never done.
#include <gtest/gtest.h>
#include <zlib.h>

#include <boost/asio/io_context.hpp>

#include "async/scope.hpp"
#include "backends/curl_http/curl_http_client.hpp"
#include "backends/system/system_clock.hpp"
#include "tests/support/http_sink.hpp"

namespace tenon {
namespace {

using testing::answer;
using testing::HttpSink;
using testing::SinkAnswer;
using testing::SinkRequest;
using testing::TestCa;

SinkAnswer keep(std::string bytes) {
  SinkAnswer out;
  out.bytes = std::move(bytes);
  return out;
}
SinkAnswer close_after(std::string bytes) {
  SinkAnswer out = keep(std::move(bytes));
  out.close = true;
  return out;
}
SinkAnswer hang_after(std::string bytes) {
  SinkAnswer out = keep(std::move(bytes));
  out.hang = true;
  return out;
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

class HttpClientContract : public ::testing::Test {
 protected:
  void serve(HttpSink::Handler handler, const TestCa* ca = nullptr) {
    sink_ = std::make_unique<HttpSink>(context_.get_executor(), std::move(handler), ca);
  }
  void serve_bytes(SinkAnswer always) {
    serve([always](const SinkRequest&) { return always; });
  }

  HttpRequest request(std::string method = "GET", std::string target = "/x") {
    HttpRequest out;
    out.tls = false;
    out.host = "127.0.0.1";
    out.port = sink_ ? sink_->port() : 0;
    out.method = std::move(method);
    out.target = std::move(target);
    out.peers = PeerPolicy::allow_loopback;
    return out;
  }

  Task<void> one(HttpRequest request, milliseconds within, HttpReply* reply) {
    *reply = co_await client_.send(std::move(request), clock_.instant() + within);
    --open_;
  }

  // Sends all at the same time, and runs until all have an answer.
  std::vector<HttpReply> send_all(std::vector<HttpRequest> requests,
                                  milliseconds within = milliseconds(10'000)) {
    std::vector<HttpReply> replies(requests.size());
    Scope scope(context_.get_executor());
    open_ = requests.size();
    for (std::size_t i = 0; i < requests.size(); ++i) {
      scope.spawn(one(std::move(requests[i]), within, &replies[i]), "send");
    }
    context_.restart();
    while (open_ > 0) context_.run_one();
    return replies;
  }
  HttpReply send(HttpRequest request, milliseconds within = milliseconds(10'000)) {
    std::vector<HttpRequest> requests;
    requests.push_back(std::move(request));
    return std::move(send_all(std::move(requests), within)[0]);
  }

  boost::asio::io_context context_;
  SystemClock clock_;
  CurlHttpClient client_{context_.get_executor(), clock_};
  std::unique_ptr<HttpSink> sink_;
  std::size_t open_ = 0;
};

TEST_F(HttpClientContract, SendsWhatItIsGivenAndNothingElse) {
  serve_bytes(keep(answer(201, "hello", "X-A: b\r\n")));
  auto post = request("POST", "/a%20b?c=%2F&d=.");
  post.headers = {{"content-type", "application/json"}, {"X-Empty", ""}};
  post.body = "{\"a\":1}";
  const HttpReply reply = send(std::move(post));
  EXPECT_EQ(reply.got, Got::http) << reply.error;
  EXPECT_EQ(reply.status, 201u);
  EXPECT_EQ(reply.body, "hello");
  EXPECT_EQ(reply.body_total, 5u);
  EXPECT_EQ(reply.headers[0], (std::pair<std::string, std::string>{"x-a", "b"}));
  ASSERT_EQ(sink_->requests().size(), 1u);
  EXPECT_EQ(sink_->requests()[0].head,
            "POST /a%20b?c=%2F&d=. HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(sink_->port()) +
                "\r\nAccept-Encoding: gzip\r\ncontent-type: application/json\r\nX-Empty:\r\n"
                "Content-Length: 7\r\n\r\n");
  EXPECT_EQ(sink_->requests()[0].body, "{\"a\":1}");
}

TEST_F(HttpClientContract, MethodsWithAndWithoutBody) {
  serve_bytes(keep(answer(204, "")));
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}) {
    const HttpReply reply = send(request(method));
    EXPECT_EQ(reply.got, Got::http) << method << ": " << reply.error;
    EXPECT_TRUE(
        sink_->requests().back().head.starts_with(std::string(method) + " /x HTTP/1.1\r\n"));
  }
  auto with_body = request("DELETE");
  with_body.body = "x";
  EXPECT_EQ(send(std::move(with_body)).got, Got::http);
  EXPECT_EQ(sink_->requests().back().body, "x");
}

TEST_F(HttpClientContract, KeepsConnectionsAndNeverRedirects) {
  serve_bytes(keep(answer(302, "", "Location: http://127.0.0.1:1/evil\r\nSet-Cookie: a=b\r\n")));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(send(request()).status, 302u);
  EXPECT_EQ(sink_->connections(), 1);
  EXPECT_EQ(sink_->requests().size(), 5u);
  EXPECT_EQ(sink_->requests()[4].head.find("ookie"), std::string::npos);
}

TEST_F(HttpClientContract, AHundredAtTheSameTime) {
  serve([](const SinkRequest& got) { return keep(answer(200, got.body)); });
  std::vector<HttpRequest> requests;
  for (int i = 0; i < 100; ++i) {
    requests.push_back(request("POST"));
    requests.back().body = "body " + std::to_string(i);
  }
  const auto replies = send_all(std::move(requests));
  for (std::size_t i = 0; i < replies.size(); ++i) {
    EXPECT_EQ(replies[i].body, "body " + std::to_string(i)) << replies[i].error;
  }
  EXPECT_LE(sink_->connections(), 64);
  EXPECT_EQ(client_.transfers(), 0u);
}

TEST_F(HttpClientContract, RefusedIsNoConnection) {
  serve_bytes(keep(answer(200, "")));
  auto gone = request();
  sink_.reset();
  {
    boost::asio::ip::tcp::acceptor free_port(context_,
                                             {boost::asio::ip::address_v4::loopback(), 0});
    gone.port = free_port.local_endpoint().port();
  }
  const HttpReply reply = send(std::move(gone));
  EXPECT_EQ(reply.got, Got::no_connection);
  EXPECT_FALSE(reply.error.empty());
}

TEST_F(HttpClientContract, AnUnknownNameIsNoConnection) {
  auto unknown = request();
  unknown.host = "no-such-name.invalid";
  unknown.port = 80;
  EXPECT_EQ(send(std::move(unknown)).got, Got::no_connection);
}

TEST_F(HttpClientContract, HalfAnAnswerIsLost) {
  for (const char* bytes :
       {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe"}) {
    serve_bytes(close_after(bytes));
    EXPECT_EQ(send(request("POST")).got, Got::lost) << bytes;
  }
}

TEST_F(HttpClientContract, GarbageIsLost) {
  for (const char* bytes :
       {"what is this\r\n\r\n", "<html>no http at all</html>", "\x15\x03\x01\x02",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nxxxx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    serve_bytes(close_after(bytes));
    EXPECT_EQ(send(request("POST")).got, Got::lost) << bytes;
  }
}

TEST_F(HttpClientContract, HugeHeadersAreLost) {
  serve_bytes(close_after("HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'a') +
                          "\r\nY: " + std::string(40'000, 'a') + "\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(send(request()).got, Got::lost);
}

TEST_F(HttpClientContract, SilenceIsTimeoutOnceSomethingWasSent) {
  serve_bytes(hang_after(""));
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(send(request("POST"), milliseconds(150)).got, Got::timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
  serve_bytes(hang_after("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"));
  EXPECT_EQ(send(request("POST"), milliseconds(150)).got, Got::timeout);
}

TEST_F(HttpClientContract, APastDeadlineSendsNothing) {
  serve_bytes(keep(answer(200, "")));
  EXPECT_EQ(send(request(), milliseconds(-1)).got, Got::no_connection);
  EXPECT_TRUE(sink_->requests().empty());
}

TEST_F(HttpClientContract, ADyingKeptConnectionIsLostAndNotSentTwice) {
  serve([](const SinkRequest& got) {
    return got.head.starts_with("GET") ? keep(answer(200, "")) : close_after("");
  });
  EXPECT_EQ(send(request("GET")).got, Got::http);
  EXPECT_EQ(send(request("POST")).got, Got::lost);
  EXPECT_EQ(sink_->requests().size(), 2u) << "libcurl must not send it again by itself";
}

TEST_F(HttpClientContract, GzipIsUndoneAndBombsAreCut) {
  const std::string packed = gzip("hello, hello, hello");
  serve_bytes(keep(answer(200, packed, "Content-Encoding: gzip\r\n")));
  EXPECT_EQ(send(request()).body, "hello, hello, hello");

  const std::string bomb = gzip(std::string(64u << 20, 'a'));
  serve_bytes(keep(answer(200, bomb, "Content-Encoding: gzip\r\n")));
  auto bounded = request();
  bounded.max_reply = Bytes{100'000};
  const HttpReply cut = send(std::move(bounded));
  EXPECT_EQ(cut.got, Got::http) << cut.error;
  EXPECT_EQ(cut.body.size(), 100'000u);
  EXPECT_GT(cut.body_total, 100'000u);
  EXPECT_LT(cut.body_total, 10'000'000u) << "the rest is not unpacked";
}

TEST_F(HttpClientContract, ABodyOfExactlyTheCapIsWhole) {
  serve_bytes(keep(answer(200, "12345")));
  auto exact = request();
  exact.max_reply = Bytes{5};
  const HttpReply whole = send(std::move(exact));
  EXPECT_EQ(whole.body_total, whole.body.size());
  auto less = request();
  less.max_reply = Bytes{4};
  const HttpReply cut = send(std::move(less));
  EXPECT_EQ(cut.body, "1234");
  EXPECT_EQ(cut.body_total, 5u);
}

TEST_F(HttpClientContract, PeersAreJudgedByTheirRealAddress) {
  serve_bytes(keep(answer(200, "")));
  auto closed = request();
  closed.peers = PeerPolicy::public_only;
  EXPECT_EQ(send(std::move(closed)).got, Got::blocked);
  auto named = request();
  named.peers = PeerPolicy::public_only;
  named.host = "localhost";
  EXPECT_EQ(send(std::move(named)).got, Got::blocked);
  EXPECT_EQ(sink_->connections(), 0);
  // A kept connection that another destination was allowed to open is no way around.
  EXPECT_EQ(send(request()).got, Got::http);
  auto reused = request();
  reused.peers = PeerPolicy::public_only;
  EXPECT_EQ(send(std::move(reused)).got, Got::blocked);
  EXPECT_EQ(sink_->requests().size(), 1u);
}

TEST_F(HttpClientContract, ProxyVariablesAreNotObeyed) {
  ::setenv("http_proxy", "http://127.0.0.1:1/", 1);
  serve_bytes(keep(answer(200, "")));
  EXPECT_EQ(send(request()).got, Got::http);
  ::unsetenv("http_proxy");
}

TEST_F(HttpClientContract, TlsIsVerifiedAgainstTheGivenCa) {
  const TestCa ca, other;
  serve_bytes(keep(answer(200, "over tls")));
  serve([](const SinkRequest&) { return keep(answer(200, "over tls")); }, &ca);
  auto good = request();
  good.tls = true;
  good.ca_file = ca.ca_file();
  const HttpReply reply = send(std::move(good));
  EXPECT_EQ(reply.got, Got::http) << reply.error;
  EXPECT_EQ(reply.body, "over tls");

  auto wrong = request();
  wrong.tls = true;
  wrong.ca_file = other.ca_file();
  EXPECT_EQ(send(std::move(wrong)).got, Got::no_connection);
  auto none = request();
  none.tls = true;
  EXPECT_EQ(send(std::move(none)).got, Got::no_connection);
  auto missing = request();
  missing.tls = true;
  missing.ca_file = "/no/such/file.pem";
  EXPECT_EQ(send(std::move(missing)).got, Got::no_connection);
  EXPECT_EQ(sink_->requests().size(), 1u);
}

TEST_F(HttpClientContract, CancellationEndsATransferCleanly) {
  serve_bytes(hang_after(""));
  Scope scope(context_.get_executor());
  HttpReply reply;
  open_ = 1;
  scope.spawn(one(request("POST"), milliseconds(60'000), &reply), "send");
  context_.restart();
  while (sink_->requests().empty()) context_.run_one();
  EXPECT_EQ(client_.transfers(), 1u);
  scope.cancel();
  while (client_.transfers() > 0) context_.run_one();
  EXPECT_EQ(reply.got, Got::none);
  serve_bytes(keep(answer(200, "")));
  EXPECT_EQ(send(request()).got, Got::http);
}

TEST_F(HttpClientContract, TooManyTransfersAreRefusedAtOnce) {
  CurlOptions options;
  options.max_transfers = 2;
  CurlHttpClient small(context_.get_executor(), clock_, options);
  serve_bytes(hang_after(""));
  Scope scope(context_.get_executor());
  std::vector<HttpReply> replies(3);
  const auto run = [](CurlHttpClient* client, HttpRequest request, Instant deadline,
                      HttpReply* reply) -> Task<void> {
    *reply = co_await client->send(std::move(request), deadline);
  };
  for (auto& reply : replies) {
    auto task = run(&small, request("POST"), clock_.instant() + milliseconds(60'000), &reply);
    scope.spawn(std::move(task), "send");
  }
  context_.restart();
  while (replies[2].got == Got::none) context_.run_one();
  EXPECT_EQ(replies[2].got, Got::no_connection);
  EXPECT_EQ(small.transfers(), 2u);
  scope.cancel();
  while (small.transfers() > 0) context_.run_one();
}

}  // namespace
}  // namespace tenon
