// The routes about captures: what is asked for, pages, calls as they were.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/admin_handler.hpp"
#include "unit/api/answer.hpp"
#include "unit/api/fake_operations.hpp"

namespace tenon {
namespace {

using nlohmann::json;

class CaptureRoutes : public ::testing::Test {
 protected:
  CaptureRoutes() {
    for (std::uint64_t place = 9; place > 4; --place) {
      CaptureInfo info;
      info.place = place;
      info.attempt = "att_" + std::to_string(place);
      info.destination = "crm";
      info.release = "crm@1.0.0";
      info.op = "deliver";
      info.at = time_from_us(1'767'225'600'000'000);
      info.failed = place == 7;
      info.bytes = 3u << 20;
      operations_.kept.push_back(info);
    }
    operations_.capture_state.on = true;
    operations_.capture_state.calls = 5;
  }
  HttpResponse get(const std::string& target) {
    HttpHead head;
    head.method = "GET";
    head.path = target.substr(0, target.find('?'));
    if (head.path.size() < target.size()) head.query = target.substr(head.path.size() + 1);
    head.peer = "unix:7";
    auto admission = handler_.admit(head);
    if (admission.refuse) return std::move(*admission.refuse);
    return test::answer_of(handler_, head, "");
  }
  json page(const std::string& target) { return json::parse(get(target).body); }

  test::FakeOperations operations_;
  AdminHandler handler_{operations_, AdminOptions{{7}}};
};

TEST_F(CaptureRoutes, AListHasWhatIsKnownOfEachAndTheState) {
  const json answer = page("/api/v1/captures?limit=500");
  ASSERT_EQ(answer["data"].size(), 5u);
  EXPECT_EQ(answer["data"][0]["attempt"], "att_9");
  EXPECT_EQ(answer["data"][0]["at"], "2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(answer["data"][2]["failed"], true);
  EXPECT_FALSE(answer["data"][0].contains("call"));
  EXPECT_TRUE(answer["next"].is_null());
  EXPECT_EQ(answer["status"]["on"], true);
  EXPECT_EQ(answer["status"]["calls"], 5);
}

TEST_F(CaptureRoutes, EachParameterIsHandedOn) {
  const auto id = test::delivery_id("crm");
  page(
      "/api/v1/captures?destination=crm&connector=c&release=c%401.0.0&failed=true&since="
      "2026-01-01T00:00:00Z&limit=3&after=8&delivery=" +
      to_text(id));
  const auto& query = operations_.capture_query;
  EXPECT_EQ(query.destination, "crm");
  EXPECT_EQ(query.connector, "c");
  EXPECT_EQ(query.release, "c@1.0.0");
  EXPECT_TRUE(query.failed);
  EXPECT_EQ(query.since, time_from_us(1'767'225'600'000'000));
  EXPECT_EQ(query.limit, 3u);
  EXPECT_EQ(query.before, 8u);
  ASSERT_TRUE(query.delivery);
  EXPECT_EQ(*query.delivery, id);
  EXPECT_EQ(get("/api/v1/captures?delivery=dlv_x").status, 400u);
  EXPECT_EQ(get("/api/v1/captures?after=x").status, 400u);
  EXPECT_EQ(get("/api/v1/captures?colour=blue").status, 400u);
}

TEST_F(CaptureRoutes, PagesGoOnWhereTheyEnded) {
  const json first = page("/api/v1/captures?limit=2");
  ASSERT_EQ(first["data"].size(), 2u);
  EXPECT_EQ(first["next"], "8");
  const json second = page("/api/v1/captures?limit=2&after=8");
  EXPECT_EQ(second["data"][0]["attempt"], "att_7");
}

TEST_F(CaptureRoutes, CallsComeAsTheyWereAndAnAnswerHasItsLimit) {
  operations_.kept[1].attempt = "att_gone";
  const json first = page("/api/v1/captures?calls=true&limit=500");
  // Of 3 MiB each: the third would be over 8 MiB.
  ASSERT_EQ(first["data"].size(), 2u);
  EXPECT_EQ(first["data"][0]["call"]["attempt"], "att_9");
  EXPECT_FALSE(first["data"][1].contains("call"));  // forgotten meanwhile
  EXPECT_EQ(first["next"], "8");
  const json second = page("/api/v1/captures?calls=true&limit=500&after=8");
  EXPECT_EQ(second["data"][0]["call"]["attempt"], "att_7");
}

TEST_F(CaptureRoutes, OneCallComesWithWhatIsRedacted) {
  const json answer = page("/api/v1/captures/att_9");
  EXPECT_EQ(answer["call"]["attempt"], "att_9");
  EXPECT_EQ(answer["redact"], json::array({"/email"}));
  EXPECT_EQ(get("/api/v1/captures/att_gone").status, 404u);
}

}  // namespace
}  // namespace tenon
