// The vendors' server itself: the model's answers, scripted faults, and what it tells of itself.
#include "models/model_server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "async/scope.hpp"
#include "models/model_journal.hpp"

namespace tenon::models {
namespace {

namespace asio = boost::asio;
using nlohmann::json;

// Answers with what it was asked.
class EchoModel final : public testkit::LoadableModel {
 public:
  testkit::ModelReply handle(const testkit::ModelRequest& request, std::int64_t,
                             std::uint64_t) override {
    testkit::ModelReply reply;
    reply.status = 207;
    reply.headers.emplace_back("x-echo", request.method + " " + request.path + "?" + request.query);
    reply.body = request.body;
    ++asked_;
    return reply;
  }
  std::string state() const override { return "{\"asked\":" + std::to_string(asked_) + "}"; }
  std::string set(const std::string& options) override {
    return options == R"({"mood":"good"})" ? "" : "mood: wanted good";
  }

 private:
  std::uint64_t asked_ = 0;
};

Task<void> stop(ModelServer& server) { co_await server.stop(); }

class ModelServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ModelServer::Options options;
    server_ = std::make_unique<ModelServer>(io_.get_executor(), model_, std::move(options));
    const auto port = server_->start();
    ASSERT_TRUE(port) << port.error().text();
    port_ = *port;
    thread_ = std::thread([this] { io_.run(); });
  }
  void TearDown() override {
    Scope stopping(io_.get_executor());
    stopping.spawn(stop(*server_), "stop");
    thread_.join();  // run() ends when nothing is left
    server_.reset();
  }

  // All bytes of the answer; the request asks for the connection to end.
  std::string ask(const std::string& method, const std::string& target, const std::string& body) {
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::address_v4::loopback(), port_});
    const std::string request = method + " " + target +
                                " HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: " +
                                std::to_string(body.size()) + "\r\n\r\n" + body;
    asio::write(socket, asio::buffer(request));
    asio::streambuf reply;
    boost::system::error_code end;
    asio::read(socket, reply, end);
    return {std::istreambuf_iterator<char>(&reply), {}};
  }
  json page(const std::string& path) {
    const auto reply = ask("GET", path, "");
    return json::parse(reply.substr(reply.find("\r\n\r\n") + 4), nullptr, false);
  }

  asio::io_context io_;
  ServedModel model_{"echo", [] { return std::make_unique<EchoModel>(); }};
  std::unique_ptr<ModelServer> server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST_F(ModelServerTest, GivesTheModelsAnswerAndRemembersTheRequest) {
  const auto reply = ask("POST", "/a/b?c=d", "hello");
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 207 Multi-Status\r\nx-echo: POST /a/b?c=d\r\n")) << reply;
  EXPECT_TRUE(reply.ends_with("\r\n\r\nhello")) << reply;
  const auto journal = page("/_model/journal");
  ASSERT_EQ(journal.size(), 1U);
  EXPECT_EQ(journal[0]["path"], "/a/b");
  EXPECT_EQ(journal[0]["body"], "hello");
  EXPECT_EQ(journal[0]["status"], 207);
  const auto state = page("/_model/state");
  EXPECT_EQ(state["requests"], 1);
  EXPECT_EQ(state["by_status"]["207"], 1);
  EXPECT_EQ(state["model"]["asked"], 1);
  EXPECT_EQ(state["name"], "echo");
}

TEST_F(ModelServerTest, ScriptedAnswersComeFirstInOrderAndOnlyForTheirPath) {
  const auto set = ask("POST", "/_model/script",
                       R"({"script":[{"path":"/a","status":429,"headers":{"retry-after":"2"},
                           "body":"slow","times":2},{"raw":"no http at all"}]})");
  EXPECT_TRUE(set.starts_with("HTTP/1.1 200")) << set;
  EXPECT_NE(ask("GET", "/a/x", "").find("retry-after: 2"), std::string::npos);
  EXPECT_EQ(ask("GET", "/b", ""), "no http at all");
  EXPECT_TRUE(ask("GET", "/a", "").starts_with("HTTP/1.1 429"));
  EXPECT_TRUE(ask("GET", "/a", "").starts_with("HTTP/1.1 207"));
  EXPECT_EQ(page("/_model/state")["scripted"], 0);
}

TEST_F(ModelServerTest, ACutAnswerPromisesMoreThanItGives) {
  ask("POST", "/_model/script", R"({"script":[{"cut":true,"body":"0123456789"}]})");
  const auto reply = ask("GET", "/", "");
  EXPECT_NE(reply.find("content-length: 10\r\n"), std::string::npos);
  EXPECT_TRUE(reply.ends_with("01234")) << reply;
  EXPECT_EQ(page("/_model/state")["by_status"]["0"], 1);
}

TEST_F(ModelServerTest, ALostAnswerIsNoByteAtAllThoughTheModelWasAsked) {
  EXPECT_TRUE(ask("PUT", "/_model/faults", "lost 100%").starts_with("HTTP/1.1 200"));
  EXPECT_EQ(ask("POST", "/a", "x"), "");
  ask("PUT", "/_model/faults", "none");
  EXPECT_EQ(page("/_model/state")["model"]["asked"], 1);
  EXPECT_EQ(page("/_model/state")["by_status"]["0"], 1);
}

TEST(ModelJournal, RefusesWhatItDoesNotKnow) {
  ModelJournal journal;
  for (const char* body : {"", "[]", "{\"odd\":1}", "{\"script\":1}", "{\"script\":[1]}",
                           "{\"script\":[{\"status\":\"x\"}]}", "{\"script\":[{\"odd\":1}]}"}) {
    EXPECT_FALSE(journal.script(body)) << body;
  }
  EXPECT_TRUE(journal.script(R"({"script":[{"status":500}]})"));
  EXPECT_TRUE(journal.script(R"({"clear":true})"));
  EXPECT_FALSE(journal.take({}));
}

TEST(ModelJournal, KeepsTheLastEntriesAndAllCounts) {
  ModelJournal journal;
  const testkit::ModelRequest request;
  for (std::size_t i = 0; i < ModelJournal::kMaxEntries + 1; ++i) {
    journal.record(static_cast<std::int64_t>(i), request, 200);
  }
  const auto entries = json::parse(journal.entries());
  EXPECT_EQ(entries.size(), ModelJournal::kMaxEntries);
  EXPECT_EQ(entries[0]["at_ms"], 1);
  EXPECT_EQ(journal.counts()["requests"], ModelJournal::kMaxEntries + 1);
}

}  // namespace
}  // namespace tenon::models
