// Counts that add up, and notices of what needs a person, of a real host.
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "integration/world.hpp"

namespace tenon::testing {
namespace {

using nlohmann::json;

// A second destination, which gets the platform's own notices and nothing else.
std::string with_ops(const World& world) {
  return "owner = \"night-shift\"\n" + world.workspace() +
         "[[destinations]]\nname = \"ops\"\nconnector = \"webhook\"\n"
         "peers = \"allow_loopback\"\n[destinations.settings]\nurl = \"" +
         world.vendor() +
         "/ops\"\n[destinations.credentials]\nkey = \"env:TEST_INBOX_KEY\"\n"
         "[[routes]]\nname = \"notices\"\nsources = [\"tenon\"]\ndestination = \"ops\"\n"
         "action = \"send\"\n";
}

std::multiset<std::string> told(const World& world) {
  std::multiset<std::string> names;
  for (const auto& request : world.journal()) {
    if (request.value("path", "") != "/ops") continue;
    const auto body = json::parse(request.value("body", ""), nullptr, false);
    for (const auto& event : body.is_array() ? body : json::array({body})) {
      names.insert(event.value("event", "?"));
    }
  }
  return names;
}

TEST(Counts, AddUpAndARecountAgreesOverAKill) {
  World world;
  world.start_vendor();
  ASSERT_TRUE(world.start_host());
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(world.post("/v1/track", track("m" + std::to_string(i % 15))).status, 200);
  }
  ASSERT_TRUE(world.eventually_distinct(15));
  for (int life = 0; life < 2; ++life) {
    json sums;
    ASSERT_TRUE(eventually([&] {
      const auto answer = world.tenon({"completeness", "--source", "web"});
      if (!answer.is_object() || !answer["adds_up"].get<bool>()) return false;
      sums = json::object();
      for (const auto& row : answer["data"]) {
        for (const auto& [key, value] : row.items()) {
          if (value.is_number_unsigned()) sums[key] = sums.value(key, 0) + value.get<int>();
        }
      }
      return sums.value("delivered", 0) == 15;
    })) << sums;
    EXPECT_EQ(sums["received"], 20);
    EXPECT_EQ(sums["duplicate"], 5);
    EXPECT_EQ(sums["decided"], 15);
    EXPECT_EQ(sums["pending"], 0);
    const auto recount = world.cli({"completeness", "--recount"});
    EXPECT_EQ(recount.status, 0) << recount.output;
    EXPECT_NE(recount.output.find("recount: the same"), std::string::npos) << recount.output;
    if (life > 0) break;
    world.host().signal(SIGKILL);
    world.host().wait();
    ASSERT_TRUE(world.start_host());
  }
}

TEST(Notices, GoByARouteOnceAndAreListedFirstWhileOpen) {
  World world;
  world.start_vendor();
  const std::string workspace = with_ops(world);
  ASSERT_TRUE(world.start_host_with(workspace));
  ASSERT_EQ(world.cli({"destinations", "pause", "inbox", "--reason", "vendor asks"}).status, 0);
  json list;
  ASSERT_TRUE(eventually([&] {
    list = world.tenon({"notices"});
    return list.is_object() && list["data"].size() == 1;
  })) << list;
  EXPECT_EQ(list["data"][0]["name"], "tenon.destination.paused");
  EXPECT_TRUE(list["data"][0]["open"].get<bool>());
  EXPECT_NE(list["data"][0]["reason"].get<std::string>().find("vendor asks"), std::string::npos);
  EXPECT_EQ(list["data"][0]["owner"], "night-shift");
  ASSERT_TRUE(eventually([&] { return told(world).count("tenon.destination.paused") == 1; }));

  // A notice is an event like others, and a kill tells nothing twice.
  const auto trace = world.tenon({"explain", list["data"][0]["event"].get<std::string>()});
  EXPECT_EQ(trace["received"]["source"], "tenon") << trace;
  world.host().signal(SIGKILL);
  world.host().wait();
  ASSERT_TRUE(world.start_host_with(workspace));
  ASSERT_EQ(world.cli({"destinations", "resume", "inbox"}).status, 0);
  ASSERT_TRUE(eventually([&] { return told(world).count("tenon.destination.resumed") == 1; },
                         std::chrono::seconds(120)));
  EXPECT_EQ(told(world).count("tenon.destination.paused"), 1u);

  // What is told of "ops" itself is not sent to it.
  ASSERT_EQ(world.cli({"destinations", "pause", "ops", "--reason", "quiet"}).status, 0);
  ASSERT_TRUE(eventually([&] {
    list = world.tenon({"notices"});
    return list.is_object() && !list["data"].empty() && list["data"][0]["subject"] == "ops";
  })) << list;
  const auto own = world.tenon({"explain", list["data"][0]["event"].get<std::string>()});
  ASSERT_EQ(own["deliveries"].size(), 1u) << own;
  EXPECT_EQ(own["deliveries"][0]["state"], "filtered") << own;
}

TEST(Notices, OfADestinationThatIsTakenOutWhileEventsWaitForIt) {
  World world;
  world.start_vendor();
  ASSERT_TRUE(world.start_host_with(with_ops(world)));
  ASSERT_EQ(world.cli({"destinations", "pause", "inbox", "--reason", "soon gone"}).status, 0);
  ASSERT_EQ(world.post("/v1/track", track("m1")).status, 200);
  ASSERT_TRUE(eventually([&] {
    const json listed = world.tenon({"destinations", "list"});
    return listed.is_object() && listed["data"][0].value("pending", 0) == 1;
  }));
  // Only what takes the notices is left.
  std::string text = with_ops(world);
  const auto cut = [&](const std::string& from, const std::string& to) {
    const auto begin = text.find(from);
    const auto end = begin == std::string::npos ? begin : text.find(to, begin + 1);
    ASSERT_NE(end, std::string::npos) << from << " in\n" << text;
    text.erase(begin, end - begin);
  };
  cut("[[destinations]]\nname = \"inbox\"", "\n[[");
  cut("[[routes]]\nname = \"all\"", "\n[[");
  write_file(world.folder() / "less.toml", text);
  const auto applied = world.cli({"config", "apply", world.folder() / "less.toml"});
  ASSERT_EQ(applied.status, 0) << applied.output << text;
  json first;
  const auto is_removed = [&] {
    const json list = world.tenon({"notices"});
    if (!list.is_object() || list["data"].empty()) return false;
    first = list["data"][0];
    return first["open"].get<bool>() && first["subject"] == "inbox" &&
           first["mend"].get<std::string>().find("skip inbox") != std::string::npos;
  };
  EXPECT_TRUE(eventually(is_removed)) << first;
  const auto doctor = world.cli({"doctor"});
  EXPECT_NE(doctor.output.find("1 deliveries wait for it"), std::string::npos) << doctor.output;
  ASSERT_EQ(world.cli({"destinations", "skip", "inbox", "--reason", "gone", "--yes"}).status, 0);
  EXPECT_TRUE(eventually([&] { return told(world).count("tenon.destination.resumed") == 1; }));
  const auto recount = world.cli({"completeness", "--recount"});
  EXPECT_EQ(recount.status, 0) << recount.output;
}

TEST(Rules, ArePrometheusRulesOverMetricsThatAHostExports) {
  const std::string folder = TENON_SOURCE_DIR "/manifests/prometheus/";
  World world;
  world.start_vendor();
  ASSERT_TRUE(world.start_host());
  ASSERT_EQ(world.post("/v1/track", track("m1")).status, 200);
  ASSERT_TRUE(world.eventually_distinct(1));
  ASSERT_TRUE(world.start_host());  // the first look at the counts is at the start
  const std::string metrics = http("GET", world.metrics_url() + "/metrics").body;
  const std::string rules = read_file(folder + "tenon.rules.yml");
  const std::regex name("tenon_[a-z_]+");
  std::set<std::string> names;
  for (std::sregex_iterator one(rules.begin(), rules.end(), name), end; one != end; ++one) {
    names.insert(one->str());
  }
  EXPECT_GE(names.size(), 11u);
  for (const auto& one : names) {
    EXPECT_TRUE(std::regex_search(metrics, std::regex("(^|\n)" + one + "[{ ]"))) << one;
  }
  const auto promtool = from_environment("TENON_PROMTOOL");
  if (!promtool) GTEST_SKIP() << "TENON_PROMTOOL is not set: names compared, rules not run";
  const auto checked = run({*promtool, "check", "rules", folder + "tenon.rules.yml"});
  EXPECT_EQ(checked.status, 0) << checked.output;
  const auto tested = run({*promtool, "test", "rules", folder + "tenon.rules.test.yml"});
  EXPECT_EQ(tested.status, 0) << tested.output;
}

}  // namespace
}  // namespace tenon::testing
