// Recorded requests of published clients, byte for byte over a real socket, out to the vendor.
#include <openssl/evp.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string wire_of(const json& capture) {
  if (!capture.contains("wire_b64")) return capture.at("body").dump();
  const auto text = capture.at("wire_b64").get<std::string>();
  std::string out(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  EXPECT_GE(size, 0);
  const auto padding = std::count(text.end() - std::min<long>(2, text.size()), text.end(), '=');
  out.resize(static_cast<std::size_t>(std::max(0L, size - padding)));
  return out;
}

class Captures : public ::testing::TestWithParam<const char*> {};

TEST_P(Captures, ArriveAtTheVendor) {
  const auto folder = from_environment("TENON_CLIENT_CAPTURES");
  if (!folder) GTEST_SKIP() << "TENON_CLIENT_CAPTURES is not set";
  World world;
  world.start_vendor();
  ASSERT_TRUE(world.start_host());
  std::ifstream in(*folder + "/" + GetParam() + ".jsonl");
  ASSERT_TRUE(in.good()) << GetParam();
  std::size_t requests = 0, events = 0;
  for (std::string line; std::getline(in, line); ++requests) {
    const auto capture = json::parse(line);
    std::vector<std::string> headers = {World::kAuthorization};
    for (const auto& header : capture.at("headers")) {
      const auto name = lower(header.at(0));
      if (name == "host" || name == "authorization" || name == "content-length" ||
          name == "connection") {
        continue;
      }
      headers.push_back(header.at(0).get<std::string>() + ": " + header.at(1).get<std::string>());
    }
    const auto answer =
        http(capture.at("method"), world.url() + capture.at("path").get<std::string>(),
             wire_of(capture), headers);
    EXPECT_EQ(answer.status, 200) << capture.at("scenario") << answer.body;
    const auto& body = capture.contains("body") ? capture["body"] : json();
    events += body.is_object() && body.contains("batch") ? body["batch"].size() : 1;
  }
  ASSERT_GT(requests, 0U);
  json rejected = world.tenon({"events", "rejected", "list"});
  EXPECT_TRUE(rejected["data"].empty()) << rejected;
  // Some scenarios send one message id again; each event is delivered or known as a duplicate.
  json rows;
  EXPECT_TRUE(eventually([&] {
    rows = http("GET", "http://tenon/api/v1/completeness", {}, {}, world.data() + "/admin.sock")
               .json()["data"];
    std::size_t done = 0;
    for (const auto& row : rows) done += row.value("delivered", 0U) + row.value("duplicate", 0U);
    return done == events;
  })) << events
      << " were sent: " << rows;
  EXPECT_EQ(world.vendor_state()["model"]["wrong_signature"], 0);
}

INSTANTIATE_TEST_SUITE_P(Recorded, Captures,
                         ::testing::Values("segment-node", "segment-browser", "rudder-node",
                                           "customerio-cdp-node", "cloudevents-js"),
                         [](const auto& param) {
                           std::string name = param.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace tenon::testing
