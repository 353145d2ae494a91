// What ingest refuses, how it says so, and that the good events beside it are kept.
#include <zlib.h>

#include <boost/asio/steady_timer.hpp>

#include "ingest/answers.hpp"
#include "ingest_world.hpp"

namespace tenon {
namespace {

using nlohmann::json;

std::string gzip(std::string_view text, int window_bits = 15 + 16) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&z, text.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string batch_of(const std::vector<std::string>& items) {
  std::string out = R"({"batch":[)";
  for (std::size_t i = 0; i < items.size(); ++i) out += (i ? "," : "") + items[i];
  return out + "]}";
}

std::string big_event(std::size_t bytes) {
  std::string out = R"({"type":"track","event":"E","messageId":"big","properties":{"p":""}})";
  out.insert(out.size() - 3, std::string(bytes - out.size(), 'x'));
  return out;
}

// A problem body with the status and a detail that holds `part`; nothing is kept.
void expect_problem(IngestWorld& world, const HttpResponse& response, unsigned status,
                    const std::string& part) {
  EXPECT_EQ(response.status, status) << response.body;
  const json body = json::parse(response.body, nullptr, false);
  ASSERT_TRUE(body.is_object()) << response.body;
  EXPECT_EQ(body.at("status"), status);
  EXPECT_NE(body.at("detail").get<std::string>().find(part), std::string::npos) << response.body;
  EXPECT_EQ(header_of(response, "content-type"), "application/problem+json");
  EXPECT_TRUE(world.kept(Stream::raw).empty());
  EXPECT_TRUE(world.kept(Stream::rejected).empty());
}

TEST(BadInput, WholeBodies) {
  IngestWorld world;
  const auto send = [&](const std::string& body, std::string path = "/v1/batch") {
    return world.send(with_key(std::move(path)), body);
  };
  expect_problem(world, send(R"({"batch":[{"type":tru}]})"), 400, "at byte 21");
  expect_problem(world, send(R"({"batch":[{"type":"track")"), 400, "at byte 25");
  expect_problem(world, send(""), 400, "found nothing");
  expect_problem(world, send("[]"), 400, "wanted a JSON object, found an array");
  expect_problem(world, send("{}"), 400, "batch: wanted an array of messages, found none");
  expect_problem(world, send(R"({"batch":{}})"), 400, "found an object");
  expect_problem(world, send("{\"batch\":[{\"event\":\"\xc3\x28\"}]}"), 400, "not UTF-8 at byte 2");
  expect_problem(world, send(R"({"batch":[]} {})"), 400, "at byte 13");
  expect_problem(world, send(std::string(500'000, '[') + std::string(500'000, ']')), 400,
                 "levels of nesting");
  expect_problem(world, send("nonsense", "/v1/track"), 400, "wanted JSON");
  expect_problem(world, send("7", "/v1/track"), 400, "wanted a JSON object, found a number");
}

TEST(BadInput, TooManyEvents) {
  IngestWorld world;
  std::vector<std::string> items(kMaxBatchEvents + 1, R"({"type":"page","userId":"u"})");
  expect_problem(world, world.send(with_key("/v1/batch"), batch_of(items)), 400,
                 "wanted at most 2500 messages, found 2501");
  items.pop_back();
  EXPECT_EQ(world.send(with_key("/v1/batch"), batch_of(items)).status, 200u);
  EXPECT_EQ(world.kept(Stream::raw).size(), kMaxBatchEvents);
}

TEST(BadInput, LargeEnvelopeIsNotMultiplied) {
  IngestWorld world;
  const std::string body = R"({"context":{"x":")" + std::string(kMaxEnvelopeBytes, 'x') +
                           R"("},"batch":[{"type":"page"}]})";
  expect_problem(world, world.send(with_key("/v1/batch"), body), 400, "context and integrations");
}

TEST(BadInput, BodyOverTheLimit) {
  IngestWorld world;
  HttpHead head = with_key("/v1/batch");
  head.content_length = kMaxBodyBytes + 1;
  const Admission admission = world.ingest.admit(head);
  ASSERT_TRUE(admission.refuse);  // before a byte of it is read
  expect_problem(world, *admission.refuse, 413, "wanted a body of at most 4194304 bytes");
  head.content_length = kMaxBodyBytes;
  EXPECT_FALSE(world.ingest.admit(head).refuse);

  IngestConfig config = IngestWorld::config_of("WK_test");
  config.sources[0].max_body = 100;
  config.sources.push_back(IngestWorld::source("other", "WK_other"));
  world.ingest.configure(std::move(config));
  // Without a header the source is known only from the body; its limit counts all the same.
  const std::string body =
      R"({"writeKey":"WK_test","type":"track","event":")" + std::string(100, 'e') + "\"}";
  expect_problem(world, world.send(post("/v1/track"), body), 413, "at most 100 bytes");
}

TEST(BadInput, StrictLimits) {
  IngestWorld world;
  IngestConfig config = IngestWorld::config_of("WK_test");
  config.sources[0].strict_limits = true;
  world.ingest.configure(std::move(config));
  std::string body = R"({"batch":[{"type":"page"}],"pad":""})";
  body.insert(body.size() - 2, std::string(kStrictBatchBytes - body.size(), 'x'));
  ASSERT_EQ(body.size(), kStrictBatchBytes);
  EXPECT_EQ(world.send(with_key("/v1/batch"), body).status, 200u);
  body.insert(body.size() - 2, "x");
  EXPECT_EQ(world.send(with_key("/v1/batch"), body).status, 413u);
}

// The bit is the source's: no client can set or clear it, and what is refused has it, too.
TEST(BadInput, ASyntheticSourceMarksAllItsRecordsAndNoOther) {
  IngestWorld world;
  IngestConfig config = IngestWorld::config_of("WK_test");
  config.sources[0].synthetic = true;
  config.sources.push_back(IngestWorld::source("other", "WK_other"));
  world.ingest.configure(std::move(config));
  for (const char* key : {"WK_test", "WK_other"}) {
    const std::string body = R"({"batch":[{"type":"track","event":"E","synthetic":false},)"
                             R"({"type":"page","synthetic":true},{"type":"odd"}],"writeKey":")" +
                             std::string(key) + "\"}";
    EXPECT_EQ(world.send(post("/v1/batch"), body).status, 200u);
  }
  std::map<NameHash, std::vector<std::uint32_t>> flags;
  for (const Stream stream : {Stream::raw, Stream::rejected}) {
    for (const auto& kept : world.kept(stream)) {
      const RecordHeader& header = kept.record.header;
      flags[header.source].push_back(header.flags);
    }
  }
  using Flags = std::vector<std::uint32_t>;
  EXPECT_EQ(flags.at(NameHash{hash_of_name("web")}), Flags(3, kRecordSynthetic));
  EXPECT_EQ(flags.at(NameHash{hash_of_name("other")}), Flags(3, 0));
}

TEST(BadInput, Gzip) {
  IngestWorld world;
  const std::string good = batch_of({R"({"type":"page","userId":"u"})"});
  const std::string packed = gzip(good);
  const HttpHeaders coding{{"content-encoding", "gzip"}};
  const auto send = [&](std::string body) {
    return world.send(with_key("/v1/batch", coding), std::move(body));
  };
  expect_problem(world, send(good), 400, "wanted a whole gzip body, found damaged data");
  expect_problem(world, send(packed.substr(0, packed.size() - 9)), 400, "an end in the middle");
  expect_problem(world, send(""), 400, "an end in the middle");
  std::string broken = packed;
  broken[packed.size() / 2] ^= 0x55;
  EXPECT_EQ(send(broken).status, 400u);
  EXPECT_EQ(send(packed + "tail").status, 400u);
  expect_problem(world, world.send(with_key("/v1/batch", {{"content-encoding", "br"}}), packed),
                 415, "wanted Content-Encoding gzip, deflate or identity");
  EXPECT_EQ(send(packed).status, 200u);
  EXPECT_EQ(world.kept(Stream::raw).size(), 1u);
}

TEST(BadInput, GzipBombs) {
  IngestWorld world;
  const HttpHeaders coding{{"content-encoding", "gzip"}};
  // A hundred megabytes in a hundred kilobytes: stopped by the ratio.
  expect_problem(world,
                 world.send(with_key("/v1/batch", coding), gzip(std::string(100 << 20, ' '))), 413,
                 "grows at most 300 times");
  // Little by ratio, but larger than a body may be.
  std::string large;
  SeededRandom random(5);
  while (large.size() <= kMaxBodyBytes) large += random.bytes(64) + std::string(400, ' ');
  expect_problem(world, world.send(with_key("/v1/batch", coding), gzip(large)), 413,
                 "wanted at most 4194304 bytes after decompression");
}

TEST(Encodings, DeflateInBothForms) {
  IngestWorld world;
  const std::string body = batch_of({R"({"type":"page","userId":"u"})"});
  for (const int form : {15, -15}) {
    EXPECT_EQ(world.send(with_key("/v1/batch", {{"content-encoding", "deflate"}}), gzip(body, form))
                  .status,
              200u);
  }
  EXPECT_EQ(world.kept(Stream::raw).size(), 2u);
}

TEST(BadInput, OneBadEventAmongGoodOnes) {
  struct Case {
    std::string item, code;
  };
  const std::string deep(40, '[');
  const std::vector<Case> cases = {
      {"7", "not_an_object"},
      {"null", "not_an_object"},
      {"{}", "no_type"},
      {R"({"type":"track2"})", "unknown_type"},
      {R"({"type":3})", "wrong_type"},
      {R"({"type":"track","messageId":7})", "wrong_type"},
      {R"({"type":"track","messageId":")" + std::string(101, 'm') + "\"}", "message_id_too_long"},
      {R"({"type":"track","userId":{}})", "wrong_type"},
      {R"({"type":"track","properties":"x"})", "wrong_type"},
      {R"({"type":"track","context":[]})", "wrong_type"},
      {R"({"type":"track","event":{}})", "wrong_type"},
      {R"({"type":"track","properties":{"a":)" + deep + std::string(40, ']') + "}}", "too_deep"},
      {big_event(33 * 1024), "too_large"},
      {big_event(kMaxEventBytes + 1), "too_large"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.code + " " + c.item.substr(0, 60));
    IngestWorld world;
    const std::string good = R"({"type":"track","event":"E","userId":"u"})";
    const auto response = world.send(with_key("/v1/batch"), batch_of({good, c.item, good}));
    EXPECT_EQ(response.status, 200u) << response.body;
    const auto raw = world.kept(Stream::raw);
    ASSERT_EQ(raw.size(), 2u);
    EXPECT_EQ(raw[0].record.header.index, 0);
    EXPECT_EQ(raw[1].record.header.index, 2);
    const auto rejected = world.kept(Stream::rejected);
    ASSERT_EQ(rejected.size(), 1u);
    EXPECT_EQ(rejected[0].raw.reason_code, c.code);
    EXPECT_NE(rejected[0].raw.reason, "");
    EXPECT_EQ(rejected[0].raw.payload, c.item);
    EXPECT_EQ(rejected[0].record.header.index, 1);
    EXPECT_EQ(rejected[0].record.header.source, NameHash{hash_of_name("web")});
  }
}

TEST(BadInput, TheLargestEventIsAccepted) {
  IngestWorld world;
  EXPECT_EQ(world.send(with_key("/v1/batch"), batch_of({big_event(kMaxEventBytes)})).status, 200u);
  EXPECT_EQ(world.kept(Stream::raw).size(), 1u);
}

TEST(BadInput, CloudEvents) {
  const HttpHeaders structured{{"content-type", "application/cloudevents+json"}};
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"specversion":"1.0","type":"t","source":"s"})",
       "id: wanted a non-empty string, found none"},
      {R"({"specversion":"1.0","type":"t","source":"","id":"1"})", "source"},
      {R"({"specversion":"0.3","type":"t","source":"s","id":"1"})", "specversion: wanted 1.0"},
      {R"({"specversion":"1.0","type":"t","source":"s","id":1})",
       "id: wanted a string, found a number"},
      {R"({"specversion":"1.0","type":"t","source":"s","id":"1","Bad":"x"})", "attribute name"},
      {R"({"specversion":"1.0","type":"t","source":"s","id":"1","ext":{}})", "ext: wanted"},
      {R"({"specversion":"1.0","type":"t","source":"s","id":"1","time":"now"})", "time: wanted"},
      {R"({"specversion":"1.0","type":"t","source":"s","id":"1","data_base64":"%"})",
       "data_base64"},
      {R"({"specversion":"1.0","type":"t","source":"s","id":"1","data":1,"data_base64":""})",
       "both"},
  };
  for (const auto& [body, part] : cases) {
    SCOPED_TRACE(body);
    IngestWorld world;
    const auto response = world.send(with_key("/ce", structured), body);
    EXPECT_EQ(response.status, 400u);
    EXPECT_NE(response.body.find(part), std::string::npos) << response.body;
    ASSERT_EQ(world.kept(Stream::rejected).size(), 1u);
    EXPECT_EQ(world.kept(Stream::rejected)[0].raw.payload, body);
  }
  IngestWorld world;
  expect_problem(world, world.send(with_key("/ce"), "{}"), 415, "ce-* headers");
  expect_problem(world, world.send(with_key("/ce", structured), "[1"), 400, "at byte 2");
  EXPECT_EQ(world.send(with_key("/ce", {{"ce-id", "1"}, {"content-type", "application/json"}}), "{")
                .status,
            400u);
}

TEST(Keys, WrongOnesAre401) {
  IngestWorld world;
  const std::string event = R"({"type":"track","event":"E","userId":"u"})";
  expect_problem(world, world.send(post("/v1/track", {{"authorization", basic("nope")}}), event),
                 401, "write key");
  expect_problem(world, world.send(post("/v1/track", {{"authorization", basic("")}}), event), 401,
                 "write key");
  expect_problem(world, world.send(post("/v1/track"), event), 401, "write key");
  expect_problem(world, world.send(post("/v1/batch"), R"({"batch":[]})"), 401, "write key");
  expect_problem(world, world.send(post("/v1/batch"), R"({"writeKey":"x","batch":[]})"), 401,
                 "key");
  expect_problem(world,
                 world.send(post("/v1/batch"),
                            R"({"batch":[{"type":"page","writeKey":"WK_test"},{"type":"page"}]})"),
                 401, "write key");
  EXPECT_NE(header_of(world.send(post("/v1/track"), event), "www-authenticate"), "");
}

TEST(Keys, MayStandInManyPlaces) {
  IngestWorld world;
  // base64 of "WK_test" without the colon, and with another scheme spelling
  EXPECT_EQ(world.send(post("/v1/track", {{"authorization", "basic V0tfdGVzdA=="}}), "{}").status,
            200u);
  EXPECT_EQ(world.send(post("/v1/track"), R"({"writeKey":"WK_test"})").status, 200u);
  EXPECT_EQ(world.send(post("/v1/batch"), R"({"writeKey":"WK_test","batch":[]})").status, 200u);
  EXPECT_EQ(
      world.send(post("/v1/batch"), R"({"batch":[{"type":"page","writeKey":"WK_test"}]})").status,
      200u);
  EXPECT_EQ(world.kept(Stream::raw).size(), 3u);
}

TEST(Keys, UnreadableStoreIs429) {
  IngestWorld world;
  IngestConfig config = IngestWorld::config_of("WK_test");
  config.key_store_readable = false;
  world.ingest.configure(std::move(config));
  const auto response = world.send(post("/v1/track", {{"authorization", basic("nope")}}), "{}");
  expect_problem(world, response, 429, "write keys cannot be read");
  EXPECT_GE(std::stoi(header_of(response, "retry-after")), 1);
}

}  // namespace
}  // namespace tenon
