// Requests of published clients, as recorded, through ingest and back out as canonical events.
#include <sodium.h>

#include <set>

#include "ingest_world.hpp"

namespace tenon {
namespace {

using nlohmann::json;

std::vector<json> captures(const std::string& file) {
  const char* folder = std::getenv("TENON_CLIENT_CAPTURES");
  std::vector<json> out;
  if (folder == nullptr) return out;
  std::ifstream in(std::string(folder) + "/" + file);
  EXPECT_TRUE(in.good()) << file;
  for (std::string line; std::getline(in, line);) out.push_back(json::parse(line));
  return out;
}

std::string wire_of(const json& capture) {
  if (!capture.contains("wire_b64")) return capture.at("body").dump();
  const auto text = capture.at("wire_b64").get<std::string>();
  std::string out(text.size() + 1, '\0');
  std::size_t length = 0;
  EXPECT_EQ(
      sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(),
                        text.size(), nullptr, &length, nullptr, sodium_base64_VARIANT_ORIGINAL),
      0);
  out.resize(length);
  return out;
}

HttpHead head_of(const json& capture) {
  HttpHead head = post(capture.at("path"));
  head.method = capture.at("method");
  for (const auto& header : capture.at("headers")) {
    std::string name = header.at(0);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    head.headers.emplace_back(name, header.at(1).get<std::string>());
  }
  return head;
}

// The messages of a Segment-style body.
std::vector<json> messages_of(const json& body) {
  if (!body.contains("batch")) return {body};
  return body.at("batch").get<std::vector<json>>();
}

void expect_same_message(const json& sent, const json& canonical) {
  for (const auto& [name, value] : sent.items()) {
    static const std::set<std::string> kOurs = {"timestamp", "originalTimestamp", "sentAt",
                                                "writeKey",  "context",           "integrations"};
    if (kOurs.contains(name)) continue;
    if (value.is_null()) {
      EXPECT_FALSE(canonical.contains(name)) << name;
    } else {
      EXPECT_EQ(canonical.value(name, json()), value) << name;
    }
  }
  EXPECT_EQ(canonical.value("context", json::object()), sent.value("context", json::object()));
  const std::string original =
      sent.value("originalTimestamp", sent.value("timestamp", std::string()));
  EXPECT_EQ(canonical.at("originalTimestamp"), to_rfc3339(*parse_rfc3339(original)));
}

void replay_segment(const std::string& file, const std::string& key, std::size_t wanted) {
  const auto all = captures(file);
  if (all.empty()) GTEST_SKIP() << "TENON_CLIENT_CAPTURES is not set";
  std::size_t events = 0;
  for (const json& capture : all) {
    IngestWorld world;
    world.configure(key);
    const HttpResponse response = world.send(head_of(capture), wire_of(capture));
    EXPECT_EQ(response.status, 200u) << response.body;
    EXPECT_EQ(response.body, R"({"success":true})");
    EXPECT_TRUE(world.kept(Stream::rejected).empty());
    const auto sent = messages_of(capture.at("body"));
    const auto kept = world.kept(Stream::raw);
    ASSERT_EQ(kept.size(), sent.size()) << capture.at("scenario");
    for (std::size_t i = 0; i < sent.size(); ++i) {
      const json canonical = world.canonical(kept[i]);
      expect_same_message(sent[i], canonical);
      EXPECT_EQ(kept[i].record.header.index, i);
      const std::string user = sent[i].contains("userId") && sent[i]["userId"].is_string()
                                   ? sent[i]["userId"].get<std::string>()
                                   : sent[i].value("anonymousId", json("")).get<std::string>();
      EXPECT_EQ(kept[i].raw.order_key, user);
      EXPECT_EQ(kept[i].partition.value, kept[i].record.header.key.value % kPartitions);
      EXPECT_EQ(canonical.contains("sentAt"),
                sent[i].contains("sentAt") || capture.at("body").contains("sentAt"));
    }
    events += sent.size();
  }
  EXPECT_EQ(events, wanted);
}

TEST(Captures, SegmentNode) { replay_segment("segment-node.jsonl", "WK_test", 25); }
TEST(Captures, SegmentBrowser) { replay_segment("segment-browser.jsonl", "WKb", 5); }
TEST(Captures, Rudder) { replay_segment("rudder-node.jsonl", "WK_rud", 12); }
TEST(Captures, CustomerIo) { replay_segment("customerio-cdp-node.jsonl", "WKc", 6); }

TEST(Captures, CloudEvents) {
  const auto all = captures("cloudevents-js.jsonl");
  if (all.empty()) GTEST_SKIP() << "TENON_CLIENT_CAPTURES is not set";
  for (const json& capture : all) {
    SCOPED_TRACE(capture.at("scenario").get<std::string>());
    IngestWorld world;
    HttpHead head = head_of(capture);
    head.headers.emplace_back("authorization", basic("WK_test"));
    const HttpResponse response = world.send(head, wire_of(capture));
    EXPECT_EQ(response.status, 200u) << response.body;
    const auto kept = world.kept(Stream::raw);
    ASSERT_EQ(kept.size(), 1u);
    const json canonical = world.canonical(kept[0]);
    EXPECT_EQ(canonical.at("type"), "track");
    const json attributes = canonical.at("context").at("cloudevent");
    if (capture.at("scenario") == "structured minimal, no data") {
      EXPECT_EQ(canonical.at("event"), "t");
      EXPECT_EQ(canonical.at("messageId"), "1");
      EXPECT_EQ(canonical.at("properties"), json::object());
      continue;
    }
    EXPECT_EQ(canonical.at("event"), "com.example.order.completed");
    EXPECT_EQ(canonical.at("messageId"), "ce-1");
    EXPECT_EQ(canonical.at("originalTimestamp"), "2026-01-02T03:04:05.678000Z");
    EXPECT_EQ(attributes.at("source"), "/shop/eu");
    EXPECT_EQ(attributes.at("dataschema"), "https://ex.com/s.json");
    EXPECT_EQ(attributes.at("tenant"), "acme");
  }
}

TEST(Captures, CloudEventsKeepTheirData) {
  const auto all = captures("cloudevents-js.jsonl");
  if (all.empty()) GTEST_SKIP() << "TENON_CLIENT_CAPTURES is not set";
  std::map<std::string, json> by_scenario;
  for (const json& capture : all) {
    IngestWorld world;
    HttpHead head = head_of(capture);
    head.headers.emplace_back("authorization", basic("WK_test"));
    world.send(head, wire_of(capture));
    const auto kept = world.kept(Stream::raw);
    ASSERT_EQ(kept.size(), 1u);
    by_scenario[capture.at("scenario")] = world.canonical(kept[0]);
  }
  const json object = {{"userId", "u1"}, {"revenue", 12.5}};
  EXPECT_EQ(by_scenario["binary json"]["properties"], object);
  EXPECT_EQ(by_scenario["structured json"]["properties"], object);
  EXPECT_EQ(by_scenario["binary text"]["properties"], json({{"data", "plain é"}}));
  EXPECT_EQ(by_scenario["structured octets (data_base64)"]["properties"],
            json({{"data_base64", "AQID/w=="}}));
  EXPECT_EQ(by_scenario["binary octets"]["properties"], json({{"data_base64", "AQID/w=="}}));
  EXPECT_EQ(by_scenario["binary, non-ASCII subject sent raw"]["context"]["cloudevent"]["subject"],
            "Ünï %/x");
}

}  // namespace
}  // namespace tenon
