// The hubspot connector through a real host against its vendor's model: outcomes per record.
#include <gtest/gtest.h>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

class HubSpot : public ::testing::Test {
 protected:
  void start(const json& set = json::object(), const std::string& more = {}) {
    world_.start_vendor();
    world_.start_crm(set);
    ASSERT_TRUE(world_.start_host_with(world_.workspace() + more));
  }
  // All at once, so that they share a batch.
  void send_together(const std::vector<json>& events) {
    const auto paused = world_.cli({"destinations", "pause", "crm", "--reason", "together"});
    ASSERT_EQ(paused.status, 0) << paused.output;
    ASSERT_EQ(world_.post("/v1/batch", {{"batch", events}}).status, 200);
    for (const auto& event : events) {
      world_.trace_until(event["messageId"], "inbox", "delivered");
    }
    const auto resumed = world_.cli({"destinations", "resume", "crm"});
    ASSERT_EQ(resumed.status, 0) << resumed.output;
  }
  json contacts() { return world_.crm().state()["model"]["contacts"]; }

  World world_;
};

TEST_F(HubSpot, BatchIsOneRequestWithAnOutcomeForEachRecord) {
  start();
  send_together({identify("a", " A@Example.com"), identify("b", "b@example.com"),
                 identify("c", "c@example.com")});
  for (const char* id : {"a", "b", "c"}) {
    const auto delivery = delivery_of(world_.trace_until(id, "crm", "delivered"), "crm");
    EXPECT_EQ(delivery["tries"], 1) << delivery;
    EXPECT_EQ(delivery["attempts"][0]["batch"], 3) << delivery;
    EXPECT_TRUE(delivery["attempts"][0]["outcome"].contains("vendor_ref")) << delivery;
  }
  EXPECT_EQ(world_.crm().state()["model"]["batches"], 1);
  EXPECT_EQ(contacts().size(), 3U);
  EXPECT_TRUE(contacts().contains("a@example.com")) << contacts();
}

TEST_F(HubSpot, EmptySuccessIsNoDelivery) {
  start({{"mode", "empty_success"}});
  ASSERT_EQ(world_.post("/v1/identify", identify("a", "a@example.com")).status, 200);
  ASSERT_TRUE(eventually([&] {
    const auto delivery = delivery_of(world_.trace("a"), "crm");
    return delivery.is_object() && delivery["tries"] >= 1 && !delivery["in_flight"];
  }));
  const auto delivery = delivery_of(world_.trace("a"), "crm");
  EXPECT_NE(delivery["state"], "delivered") << delivery;
  EXPECT_NE(delivery["attempts"][0]["outcome"]["verdict"], "accepted") << delivery;
  EXPECT_TRUE(contacts().empty());
  world_.crm().set({{"mode", "normal"}});
  if (delivery["state"] == "retrying") {
    world_.trace_until("a", "crm", "delivered");
    EXPECT_EQ(contacts().size(), 1U);
  }
}

TEST_F(HubSpot, LostInputOfABatchIsToldFromTheOthers) {
  start({{"mode", "silent_loss"}});
  send_together({identify("a", "a@example.com"), identify("b", "b@example.com")});
  ASSERT_TRUE(eventually([&] { return contacts().size() == 1; })) << contacts();
  world_.crm().set({{"mode", "normal"}});
  world_.trace_until("a", "crm", "delivered");
  world_.trace_until("b", "crm", "delivered");
  EXPECT_EQ(contacts().size(), 2U);
}

TEST_F(HubSpot, PoisonIsIsolatedThenMendedAndRedriven) {
  start(json::object(), "favourite_colour = \"/traits/colour\"\n");
  auto poison = identify("poison", "poison@example.com");
  poison["traits"]["colour"] = "blue";
  send_together({identify("a", "a@example.com"), poison, identify("b", "b@example.com"),
                 identify("c", "c@example.com")});
  for (const char* id : {"a", "b", "c"}) world_.trace_until(id, "crm", "delivered");
  world_.trace_until("poison", "crm", "dead");
  ASSERT_EQ(contacts().size(), 3U) << contacts();
  for (const auto& contact : contacts()) EXPECT_EQ(contact["written"], 1) << contacts();

  const auto letters = world_.tenon({"dead-letters", "list"});
  ASSERT_EQ(letters["data"].size(), 1U) << letters;
  const std::string letter = letters["data"][0]["id"];
  const auto shown = world_.tenon({"dead-letters", "show", letter});
  EXPECT_NE(shown["detail"].get<std::string>().find("favourite_colour"), std::string::npos)
      << shown;
  EXPECT_EQ(shown["canonical"]["messageId"], "poison") << shown;

  write_file(world_.folder() / "mended.toml", world_.workspace());
  const auto diff = world_.tenon({"config", "diff", world_.folder() / "mended.toml"});
  EXPECT_TRUE(diff["valid"]) << diff;
  EXPECT_FALSE(diff["changes"].empty()) << diff;
  const auto applied = world_.tenon({"config", "apply", world_.folder() / "mended.toml"});
  EXPECT_EQ(applied["applied"], true) << applied;
  const auto again = world_.tenon({"config", "apply", world_.folder() / "mended.toml"});
  EXPECT_EQ(again["applied"], false) << again;
  EXPECT_EQ(world_.tenon({"config", "history"})["data"].size(), 2U);
  EXPECT_EQ(world_.cli({"dead-letters", "redrive", letter}).status, 0);
  world_.trace_until("poison", "crm", "delivered");
  EXPECT_EQ(contacts()["poison@example.com"]["written"], 1) << contacts();
  EXPECT_TRUE(world_.tenon({"dead-letters", "list"})["data"].empty());
}

TEST_F(HubSpot, WhateverTheVendorSaysIsAnOutcome) {
  start();
  for (const char* mode : {"html", "garbage", "half_body", "server_error"}) {
    world_.crm().set({{"mode", mode}});
    const std::string id = std::string("in-") + mode;
    ASSERT_EQ(world_.post("/v1/identify", identify(id, id + "@example.com")).status, 200);
    json delivery;
    ASSERT_TRUE(eventually([&] {
      delivery = delivery_of(world_.trace(id), "crm");
      return delivery.is_object() && delivery["tries"] >= 1;
    })) << mode;
    EXPECT_NE(delivery["state"], "delivered") << mode << delivery;
    EXPECT_TRUE(world_.healthy()) << mode;
    world_.crm().set({{"mode", "normal"}});
    // Not parked for good: the write is an upsert, so it may be repeated.
    world_.trace_until(id, "crm", "delivered");
  }
}

}  // namespace
}  // namespace tenon::testing
