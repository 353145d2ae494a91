// When ingest answers what: after the log only, with the right code, to the right door.
#include "async/signal.hpp"
#include "ingest_world.hpp"

namespace tenon {
namespace {

using nlohmann::json;

constexpr const char* kEvent = R"({"type":"track","event":"E","userId":"u1","messageId":"m1"})";

// A log whose append hangs until it is released with a result.
class SlowLog final : public EventLog {
 public:
  explicit SlowLog(const boost::asio::any_io_executor& executor) : released_(executor) {}
  LogId id() const override { return LogId{1}; }
  Task<Result<std::vector<Offset>>> append(std::vector<NewRecord> records, AppendClass cls,
                                           AppendWait wait) override {
    ++appends;
    durable = durable && cls == AppendClass::event && wait == AppendWait::durable;
    while (!result_) co_await released_.wait();
    if (*result_) co_return Error(**result_);
    co_return std::vector<Offset>(records.size(), Offset{1});
  }
  Task<Result<LogSlice>> read(PartitionId, Offset, ReadLimits) override { co_return LogSlice(); }
  Offset begin(PartitionId) const override { return {}; }
  Offset end(PartitionId) const override { return {}; }
  Task<void> wait_beyond(PartitionId, Offset) override { co_return; }
  Task<Result<void>> trim(PartitionId, Offset) override { co_return Result<void>(); }

  void release(std::optional<Error> error) {
    result_.emplace(std::move(error));
    released_.notify();
  }
  int appends = 0;
  bool durable = true;

 private:
  Signal released_;
  std::optional<std::optional<Error>> result_;
};

struct SlowWorld {
  SlowWorld() : log(io.get_executor()), ingest(log, clock, random, telemetry) {
    ingest.configure(IngestWorld::config_of("WK_test"));
  }
  boost::asio::io_context io;
  SimClock clock;
  SeededRandom random{1};
  SilentTelemetry telemetry;
  SlowLog log;
  Ingest ingest;
};

TEST(Answers, NothingBeforeTheLogSaysSo) {
  SlowWorld world;
  std::optional<HttpResponse> out;
  Scope scope(world.io.get_executor());
  scope.spawn(IngestWorld::keep(world.ingest.handle(with_key("/v1/track"), kEvent), out), "send");
  world.io.poll();
  EXPECT_EQ(world.log.appends, 1);
  EXPECT_TRUE(world.log.durable);
  EXPECT_FALSE(out.has_value());
  world.log.release(std::nullopt);
  world.io.restart();
  world.io.run();
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(out->status, 200u);
}

TEST(Answers, AnyFailureOfTheLogIs429WithSeconds) {
  const std::vector<std::pair<Error, std::string>> cases = {
      {limited("full", milliseconds(2'500)), "3"},
      {limited("full", milliseconds(0)), "1"},
      {unavailable("away"), "1"},
      {corrupt("failed sync"), "1"},
      {timed_out("late"), "1"},
      {cancelled(), "1"}};
  for (const auto& [error, seconds] : cases) {
    SlowWorld world;
    world.log.release(error);
    std::optional<HttpResponse> out;
    Scope scope(world.io.get_executor());
    scope.spawn(IngestWorld::keep(world.ingest.handle(with_key("/v1/track"), kEvent), out), "send");
    world.io.run();
    ASSERT_TRUE(out.has_value());
    EXPECT_EQ(out->status, 429u) << error.text();
    EXPECT_EQ(header_of(*out, "retry-after"), seconds);
    EXPECT_EQ(out->body.find("full\""), std::string::npos);
  }
}

TEST(Answers, VerdictsNameEachEvent) {
  IngestWorld world;
  const std::string body =
      R"({"batch":[{"type":"track","messageId":"a"},7,{"type":"page","userId":"u"}]})";
  const auto response =
      world.send(with_key("/v1/batch", {{"prefer", "respond-async, tenon-verdicts"}}), body);
  EXPECT_EQ(response.status, 202u);
  const json verdicts = json::parse(response.body);
  ASSERT_EQ(verdicts.size(), 3u);
  EXPECT_EQ(verdicts[0]["messageId"], "a");
  EXPECT_EQ(verdicts[0]["status"], "accepted");
  EXPECT_EQ(verdicts[1]["status"], "rejected");
  EXPECT_EQ(verdicts[1]["reason"], "wanted a message as an object, found a number");
  for (const auto stream : {Stream::raw, Stream::rejected}) {
    for (const auto& kept : world.kept(stream)) {
      const EventId id = event_id_of(world.log.id(), kept.partition, kept.record);
      EXPECT_EQ(verdicts[kept.record.header.index]["id"], to_text(id));
      EXPECT_EQ(verdicts[kept.record.header.index]["messageId"], kept.raw.message_id);
    }
  }
}

TEST(Answers, HeadersOfARecordAreFilled) {
  IngestWorld world;
  const std::string body =
      R"({"sentAt":"2026-01-01T00:00:09Z","context":{"app":1},"batch":[)"
      R"({"type":"track","userId":"u1","timestamp":"2026-01-01T00:00:01Z"},)"
      R"({"type":"track","anonymousId":"a1","originalTimestamp":"2026-01-01T00:00:02Z","timestamp":"2020-01-01T00:00:00Z"},)"
      R"({"type":"track"},{"type":"track","userId":12}]})";
  EXPECT_EQ(world.send(with_key("/v1/import"), body).status, 200u);
  const auto kept = world.kept(Stream::raw);
  ASSERT_EQ(kept.size(), 4u);
  const RecordHeader& first = kept[0].record.header;
  EXPECT_EQ(first.tenant, NameHash{11});
  EXPECT_EQ(first.workspace, NameHash{12});
  EXPECT_EQ(first.config, ConfigVersion{13});
  EXPECT_EQ(to_rfc3339(first.occurred), "2026-01-01T00:00:01.000000Z");
  EXPECT_EQ(to_rfc3339(first.sent), "2026-01-01T00:00:09.000000Z");
  EXPECT_EQ(first.received, world.clock.now());
  EXPECT_EQ(kept[0].raw.envelope, R"({"context":{"app":1}})");
  EXPECT_EQ(to_rfc3339(kept[1].record.header.occurred), "2026-01-01T00:00:02.000000Z");
  EXPECT_EQ(kept[1].raw.order_key, "a1");
  EXPECT_EQ(kept[2].record.header.key, KeyHash{});
  EXPECT_TRUE(kept[2].raw.message_id_assigned);
  EXPECT_NE(kept[2].raw.message_id, "");
  EXPECT_NE(kept[2].raw.message_id, kept[3].raw.message_id);
  EXPECT_EQ(kept[3].raw.order_key, "12");
}

TEST(Answers, AWriteKeyInTheBodyDoesNotReachTheLog) {
  IngestWorld world;
  const std::string one = R"({"type":"track","event":"A","userId":"u","writeKey":"WK_test"})";
  EXPECT_EQ(world.send(post("/v1/track"), one).status, 200u);
  const std::string batch = R"({"batch":[)" + one + "," + one + R"(],"writeKey":"WK_test"})";
  EXPECT_EQ(world.send(post("/v1/batch"), batch).status, 200u);
  const auto kept = world.kept(Stream::raw);
  ASSERT_EQ(kept.size(), 3u);
  for (const auto& one_kept : kept) {
    EXPECT_EQ(one_kept.record.body.find("WK_test"), std::string::npos);
    // The rest is there byte for byte, and as long as it came.
    EXPECT_EQ(one_kept.raw.payload,
              R"({"type":"track","event":"A","userId":"u","writeKey":"*******"})");
  }
}

TEST(Answers, KeysDependOnTheSource) {
  IngestWorld world;
  IngestConfig config = IngestWorld::config_of("WK_test");
  config.sources.push_back(IngestWorld::source("app", "WK_app"));
  world.ingest.configure(std::move(config));
  const std::string body = R"({"batch":[{"type":"track","userId":"u","writeKey":"WK_test"},)"
                           R"({"type":"track","userId":"u","writeKey":"WK_app"}]})";
  EXPECT_EQ(world.send(post("/v1/batch"), body).status, 200u);
  const auto kept = world.kept(Stream::raw);
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].record.header.source, NameHash{hash_of_name("web")});
  EXPECT_EQ(kept[1].record.header.source, NameHash{hash_of_name("app")});
  EXPECT_NE(kept[0].record.header.key, kept[1].record.header.key);
}

TEST(Answers, EachDoor) {
  IngestWorld world;
  for (const auto& [path, type] :
       std::vector<std::pair<std::string, std::string>>{{"/v1/track", "track"},
                                                        {"/v1/t", "track"},
                                                        {"/v1/identify", "identify"},
                                                        {"/v1/i", "identify"},
                                                        {"/v1/page", "page"},
                                                        {"/v1/p", "page"},
                                                        {"/v1/screen", "screen"},
                                                        {"/v1/s", "screen"},
                                                        {"/v1/group", "group"},
                                                        {"/v1/g", "group"},
                                                        {"/v1/alias", "alias"},
                                                        {"/v1/a", "alias"}}) {
    IngestWorld fresh;
    EXPECT_EQ(fresh.send(with_key(path), R"({"type":"other"})").status, 200u) << path;
    const auto kept = fresh.kept(Stream::raw);
    ASSERT_EQ(kept.size(), 1u) << path;
    EXPECT_EQ(kept[0].raw.type, type);
  }
  for (const auto* path : {"/", "/v1", "/v1/", "/v1/track/", "/v2/track", "/ce/x", "/V1/track"}) {
    const auto response = world.send(with_key(path), kEvent);
    EXPECT_EQ(response.status, 404u) << path;
    EXPECT_EQ(header_of(response, "content-type"), "application/problem+json");
    EXPECT_EQ(header_of(response, "location"), "");
  }
  HttpHead get = with_key("/v1/track");
  get.method = "GET";
  const auto response = world.send(get, "");
  EXPECT_EQ(response.status, 405u);
  EXPECT_EQ(header_of(response, "allow"), "POST, OPTIONS");
}

TEST(Answers, BrowsersMayAsk) {
  IngestWorld world;
  HttpHead head = post("/v1/t", {{"origin", "https://shop.example"}});
  head.method = "OPTIONS";
  const auto response = world.send(head, "");
  EXPECT_EQ(response.status, 204u);
  EXPECT_EQ(header_of(response, "access-control-allow-origin"), "*");
  for (const auto* name : {"Authorization", "Content-Type", "Content-Encoding", "X-Retry-Count",
                           "Retry-Attempt", "Retried-After"}) {
    EXPECT_NE(header_of(response, "access-control-allow-headers").find(name), std::string::npos);
  }
  EXPECT_EQ(header_of(world.send(with_key("/v1/t"), kEvent), "access-control-allow-origin"), "*");
  EXPECT_EQ(header_of(world.send(post("/v1/t"), kEvent), "access-control-allow-origin"), "*");
}

TEST(Answers, HealthAndReadiness) {
  IngestWorld world;
  const auto get = [&](const char* path) {
    HttpHead head = post(path);
    head.method = "GET";
    return world.send(head, "");
  };
  EXPECT_EQ(get("/healthz").status, 200u);
  EXPECT_EQ(get("/readyz").status, 200u);
  world.ingest.set_ready(false, "disk nearly full");
  world.ingest.set_ready(false, "replaying");
  world.ingest.set_ready(true, "replaying");
  const auto response = get("/readyz");
  EXPECT_EQ(response.status, 503u);
  EXPECT_EQ(json::parse(response.body).at("reasons"), json::array({"disk nearly full"}));
  world.ingest.set_ready(true);
  EXPECT_EQ(get("/readyz").status, 200u);
  EXPECT_EQ(world.send(post("/healthz"), "").status, 405u);

  world.ingest.stop();
  EXPECT_EQ(get("/readyz").status, 503u);
  EXPECT_EQ(get("/healthz").status, 200u);
  const auto late = world.send(with_key("/v1/track"), kEvent);
  EXPECT_EQ(late.status, 429u);
  EXPECT_EQ(header_of(late, "retry-after"), "1");
  EXPECT_TRUE(world.kept(Stream::raw).empty());
}

TEST(Answers, WithoutAConfiguration) {
  SlowWorld world;
  Ingest bare(world.log, world.clock, world.random, world.telemetry);
  const Admission admission = bare.admit(with_key("/v1/track"));
  ASSERT_TRUE(admission.refuse);
  EXPECT_EQ(admission.refuse->status, 429u);
}

TEST(CloudEvents, BatchesAndKeys) {
  IngestWorld world;
  const std::string body =
      R"([{"specversion":"1.0","id":"1","source":"s","type":"t","partitionkey":"pk","userid":"u"},)"
      R"({"specversion":"1.0","id":"2","source":"s","type":"t","userid":"u","subject":"x"},)"
      R"({"specversion":"1.0","source":"s","type":"t"},)"
      R"({"specversion":"1.0","id":"4","source":"s","type":"t","subject":"x"}])";
  const auto response = world.send(
      with_key("/ce", {{"content-type", "Application/CloudEvents-Batch+JSON; charset=utf-8"}}),
      body);
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(world.kept(Stream::rejected).size(), 1u);
  const auto kept = world.kept(Stream::raw);
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[0].raw.order_key, "pk");
  EXPECT_EQ(kept[1].raw.order_key, "u");
  EXPECT_EQ(kept[2].raw.order_key, "");
}

TEST(CloudEvents, HeaderTextInEachForm) {
  for (const std::string text :
       {"\xC3\x9Cn\xC3\xAF", "\xDCn\xEF", "%C3%9Cn%C3%AF", "\"%C3%9Cn\xC3\xAF\""}) {
    IngestWorld world;
    const HttpHeaders headers{{"ce-specversion", "1.0"},
                              {"ce-id", "1"},
                              {"ce-type", "t"},
                              {"ce-source", "s"},
                              {"ce-subject", text}};
    EXPECT_EQ(world.send(with_key("/ce", headers), "").status, 200u);
    const auto kept = world.kept(Stream::raw);
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(world.canonical(kept[0])["context"]["cloudevent"]["subject"], "Ünï") << text;
  }
}

}  // namespace
}  // namespace tenon
