// AdminHandler: every route answers, every problem type can be met, nothing unknown passes.
#include "api/admin_handler.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "unit/api/answer.hpp"
#include "unit/api/fake_operations.hpp"

namespace tenon {
namespace {

using nlohmann::json;
using test::FakeOperations;

class AdminApi : public ::testing::Test {
 protected:
  AdminApi() : handler(operations, AdminOptions{{1000}}) {}

  HttpResponse send(HttpHandler& to, const HttpHead& head, const std::string& body) {
    return test::answer_of(to, head, body);
  }
  static HttpHead head_of(const std::string& method, const std::string& target) {
    HttpHead head;
    head.method = method;
    const auto mark = target.find('?');
    head.path = target.substr(0, mark);
    if (mark != std::string::npos) head.query = target.substr(mark + 1);
    head.peer = "unix:1000";
    return head;
  }
  HttpResponse ask(const std::string& method, const std::string& target,
                   const std::string& body = {}) {
    return send(handler, head_of(method, target), body);
  }
  json good(const std::string& method, const std::string& target, const std::string& body = {}) {
    const auto response = ask(method, target, body);
    EXPECT_EQ(response.status, 200u) << target << ": " << response.body;
    return json::parse(response.body);
  }
  // The problem, after checking what all problems have in common.
  json problem(std::uint32_t status, const std::string& type, const HttpResponse& response) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.headers.at(0).second, "application/problem+json");
    const auto body = json::parse(response.body);
    EXPECT_EQ(body["type"], "urn:tenon:problem:" + type);
    EXPECT_EQ(body["status"], status);
    EXPECT_FALSE(body["title"].get<std::string>().empty());
    EXPECT_FALSE(body["detail"].get<std::string>().empty());
    EXPECT_TRUE(body.contains("instance"));
    return body;
  }

  FakeOperations operations;
  AdminHandler handler;
  const std::string event = to_text(test::event_id(100));
  const std::string delivery = to_text(test::delivery_id("crm"));
};

TEST_F(AdminApi, ExplainsAnEventAndGoesOnWhereALongOneStopped) {
  operations.parts = 3;
  EXPECT_FALSE(good("GET", "/api/v1/events/" + event)["complete"].get<bool>());
  EXPECT_FALSE(good("GET", "/api/v1/events/" + event)["complete"].get<bool>());
  const auto whole = good("GET", "/api/v1/events/" + event);
  EXPECT_TRUE(whole["complete"].get<bool>());
  EXPECT_EQ(whole["id"], event);
  EXPECT_EQ(operations.so_far_seen, 2u);
  good("GET", "/api/v1/events/" + event);
  EXPECT_EQ(operations.so_far_seen, 2u) << "a finished one starts anew";
}

TEST_F(AdminApi, KeepsFewUnfinishedTraces) {
  operations.parts = 100;
  for (std::uint64_t i = 0; i <= kMaxUnfinishedTraces; ++i) {
    good("GET", "/api/v1/events/" + to_text(test::event_id(100 + i)));
  }
  good("GET", "/api/v1/events/" + event);  // the oldest was dropped
  EXPECT_EQ(operations.so_far_seen, 0u);
}

TEST_F(AdminApi, FindsByMessageIdWithColonsAndEscapes) {
  const auto page = good("GET", "/api/v1/events?message_id=web%3Aorder%3A1%202");
  EXPECT_EQ(operations.asked.at(0), "find web / order:1 2");
  EXPECT_EQ(page["data"][0]["fate"], "routed");
  EXPECT_TRUE(page["next"].is_null());
  for (const char* query : {"", "?message_id=web", "?message_id=:m", "?message_id=web:"}) {
    problem(400, "bad-parameter", ask("GET", std::string("/api/v1/events") + query));
  }
}

TEST_F(AdminApi, TailsWithCursorAndWait) {
  const auto page = good("GET", "/api/v1/events/tail?after=c1&limit=500&wait_ms=30000");
  EXPECT_EQ(page["next"], "c2");
  EXPECT_EQ(operations.tailed.page.after, "c1");
  EXPECT_EQ(operations.tailed.page.limit, kMaxPage);
  EXPECT_EQ(operations.tailed.wait, milliseconds(30'000));
  for (const char* query : {"limit=0", "limit=501", "limit=x", "wait_ms=30001", "limit="}) {
    problem(400, "bad-parameter", ask("GET", std::string("/api/v1/events/tail?") + query));
  }
}

TEST_F(AdminApi, ListsShowsAndReentersRejectedEvents) {
  good("GET", "/api/v1/events/rejected?source=web&code=too_large&since=2026-01-02T03:04:05Z");
  EXPECT_EQ(operations.rejected_query.source, "web");
  EXPECT_EQ(to_rfc3339(operations.rejected_query.since), "2026-01-02T03:04:05.000000Z");
  problem(400, "bad-parameter", ask("GET", "/api/v1/events/rejected?since=yesterday"));
  // Bytes that are no UTF-8 are shown as far as they go.
  EXPECT_EQ(good("GET", "/api/v1/events/rejected/" + event)["payload"], "{\xef\xbf\xbd");
  const auto path = "/api/v1/events/rejected/" + event + "/reenter";
  const auto done = good("POST", path, R"({"event":{"type":"track"}})");
  EXPECT_EQ(done["id"], to_text(test::event_id(900)));
  EXPECT_EQ(*operations.reentered.event, R"({"type":"track"})");
  EXPECT_EQ(operations.reentered.actor, "uid:1000");
  EXPECT_FALSE(good("POST", path, R"({"dry_run":true})")["reentered"].get<bool>());
  EXPECT_FALSE(operations.reentered.event);
  good("POST", path);
  EXPECT_EQ(problem(400, "bad-body", ask("POST", path, R"({"event":7})"))["place"], "/event");
}

TEST_F(AdminApi, ListsDeliveriesByState) {
  const auto page = good("GET", "/api/v1/deliveries?destination=crm&state=retrying&after=x");
  EXPECT_EQ(operations.delivery_query.state, DeliveryState::retrying);
  EXPECT_EQ(page["data"][0]["next_at"], "2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(page["next"], "more");
  problem(400, "bad-parameter", ask("GET", "/api/v1/deliveries?state=lost"));
  good("GET", "/api/v1/deliveries?lane=replay");
  EXPECT_EQ(operations.delivery_query.of_reruns, true);
  problem(400, "bad-parameter", ask("GET", "/api/v1/deliveries?lane=fast"));
}

TEST_F(AdminApi, DeadLettersAreListedShownAndRedriven) {
  good("GET", "/api/v1/dead-letters?destination=crm&class=vendor_rejected&code=E1");
  EXPECT_EQ(operations.letter_query.filter.reason, "vendor_rejected");
  EXPECT_EQ(operations.letter_query.filter.vendor_code, "E1");
  good("GET",
       "/api/v1/dead-letters?status=422&action=send&state=parked&until=2026-01-02T00:00:00Z");
  EXPECT_EQ(operations.letter_query.filter.http_status, 422u);
  EXPECT_EQ(operations.letter_query.filter.action, "send");
  EXPECT_EQ(operations.letter_query.filter.state, DeliveryState::parked);
  EXPECT_EQ(us_of(operations.letter_query.filter.until), 1'767'312'000'000'000);
  for (const char* bad : {"state=pending", "state=lost", "status=20", "until=tomorrow"}) {
    problem(400, "bad-parameter", ask("GET", std::string("/api/v1/dead-letters?") + bad));
  }
  const auto letter = good("GET", "/api/v1/dead-letters/" + delivery);
  EXPECT_EQ(letter["class"], "vendor_rejected");
  EXPECT_NE(letter["next_step"].get<std::string>().find("redrive " + delivery), std::string::npos);
  EXPECT_EQ(letter["canonical"]["type"], "track");
  good("POST", "/api/v1/dead-letters/" + delivery + "/redrive");
  EXPECT_EQ(operations.asked.back(), "redrive " + delivery + " by uid:1000");
  const auto answer = good("POST", "/api/v1/dead-letters/redrive",
                           R"({"filter":{"class":"timeout","since":"2026-01-01T00:00:00Z"},)"
                           R"("rate":20,"dry_run":true})");
  EXPECT_EQ(answer["matched"], 2);
  EXPECT_EQ(answer["reruns"].size(), 0u);
  EXPECT_EQ(operations.redriven.rate, 20u);
  EXPECT_EQ(answer["sample"][0], delivery);
  EXPECT_TRUE(operations.redriven.dry_run);
  EXPECT_EQ(operations.redriven.filter.reason, "timeout");
  const std::string path = "/api/v1/dead-letters/redrive";
  EXPECT_EQ(problem(400, "bad-body", ask("POST", path, "{}"))["place"], "/filter");
  EXPECT_EQ(problem(400, "bad-body", ask("POST", path, R"({"filter":{"since":"x"}})"))["place"],
            "/filter/since");
  for (const char* bad : {R"({"filter":{"status":20}})", R"({"filter":{"state":"pending"}})"}) {
    problem(400, "bad-body", ask("POST", path, bad));
  }
  EXPECT_EQ(problem(400, "bad-body", ask("POST", path, R"({"filter":{"colour":"x"}})"))["place"],
            "/filter/colour");
}

TEST_F(AdminApi, ALetterIsEdited) {
  const std::string path = "/api/v1/dead-letters/" + delivery + "/edit";
  const auto done = good("POST", path, R"({"event":{"type":"track"},"dry_run":true})");
  EXPECT_EQ(done["edited"], false);
  EXPECT_EQ(operations.edit_query.event, R"({"type":"track"})");
  EXPECT_EQ(operations.edit_query.actor, "uid:1000");
  EXPECT_EQ(good("POST", path, R"({"event":{}})")["id"], to_text(test::event_id(901)));
  EXPECT_EQ(problem(400, "bad-body", ask("POST", path, "{}"))["place"], "/event");
  EXPECT_EQ(problem(400, "bad-body", ask("POST", path, R"({"event":7})"))["place"], "/event");
}

TEST_F(AdminApi, ReplaysArePlannedStartedSeenAndCancelled) {
  const std::string path = "/api/v1/replays";
  const std::string range =
      R"("from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","destination":"crm")";
  operations.plan.matched = 7;
  operations.plan.actions["send"] = 7;
  operations.plan.next = "3.9.0";
  const auto plan = good("POST", path, "{" + range + R"(,"dry_run":true,"after":"2.1.0"})");
  EXPECT_EQ(operations.asked.back(), "plan crm after 2.1.0");
  EXPECT_EQ(plan["actions"]["send"], 7);
  EXPECT_EQ(plan["next"], "3.9.0");
  operations.rerun_info.id = RerunId{77};
  operations.rerun_info.kind = "replay";
  operations.rerun_info.state = "running";
  const auto started =
      good("POST", path,
           "{" + range +
               R"(,"where":"event = \"X\"","source":"web","rate":5,"accept_duplicates":true})");
  const auto id = started["id"].get<std::string>();
  EXPECT_EQ(id, to_text(RerunId{77}));
  EXPECT_EQ(operations.replay_query.where, "event = \"X\"");
  EXPECT_EQ(operations.replay_query.rate, 5u);
  EXPECT_TRUE(operations.replay_query.accept_duplicates);
  EXPECT_EQ(operations.replay_query.actor, "uid:1000");
  EXPECT_EQ(good("GET", path)["data"][0]["id"], id);
  EXPECT_EQ(good("GET", path + "/" + id)["state"], "running");
  good("POST", path + "/" + id + "/cancel");
  EXPECT_EQ(operations.asked.back(), "cancel " + id + " by uid:1000");
  EXPECT_EQ(good("GET", path + "/" + id + "/rest")["data"].size(), 1u);
  problem(400, "bad-parameter", ask("GET", path + "/rpl_nonsense"));
  EXPECT_EQ(problem(400, "bad-body", ask("POST", path, R"({"destination":"crm"})"))["place"],
            "/from");
  problem(400, "bad-body", ask("POST", path, "{" + range + R"(,"rate":0})"));
}

TEST_F(AdminApi, HoldsAndSkipsDestinations) {
  EXPECT_EQ(good("GET", "/api/v1/destinations")["data"][0]["state"], "waiting");
  good("POST", "/api/v1/destinations/my%20crm/pause", R"({"reason":"vendor is down"})");
  EXPECT_EQ(operations.acted.name, "my crm");
  EXPECT_EQ(operations.acted.reason, "vendor is down");
  EXPECT_EQ(operations.acted.actor, "uid:1000");
  good("POST", "/api/v1/destinations/crm/resume");
  EXPECT_EQ(good("POST", "/api/v1/destinations/crm/skip", R"({"reason":"r"})")["given_up"], 3);
  EXPECT_FALSE(operations.acted.dry_run);
  const auto dry = good("POST", "/api/v1/destinations/crm/skip", R"({"dry_run":true})");
  EXPECT_TRUE(operations.acted.dry_run);
  EXPECT_EQ(dry["hours"][0]["from"], "2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(dry["hours"][0]["count"], 3);
  EXPECT_EQ(problem(400, "bad-body", ask("POST", "/api/v1/destinations/crm/skip", "{}"))["place"],
            "/reason");
  const auto skips = good("GET", "/api/v1/destinations/crm/skips")["data"];
  EXPECT_EQ(skips[0]["given_up"], 2);
  EXPECT_EQ(skips[0]["actor"], "uid:1000");
  EXPECT_EQ(skips[0]["reason"], "test data");
  EXPECT_EQ(skips[0]["hours"][0]["count"], 2);
  const std::string long_reason(501, 'x');
  for (const auto& body :
       {std::string(), std::string(R"({"reason":""})"), R"({"reason":")" + long_reason + "\"}"}) {
    const auto found = ask("POST", "/api/v1/destinations/crm/pause", body);
    EXPECT_EQ(problem(400, "bad-body", found)["place"], "/reason");
  }
}

TEST_F(AdminApi, LiftsAQuarantine) {
  const std::string path = "/api/v1/connectors/crm@1.0.0/clear";
  EXPECT_EQ(good("POST", path, R"({"reason":"vendor mended it"})")["state"], "ready");
  EXPECT_EQ(operations.cleared.release, "crm@1.0.0");
  EXPECT_EQ(operations.cleared.reason, "vendor mended it");
  EXPECT_EQ(operations.cleared.actor, "uid:1000");
  EXPECT_EQ(problem(400, "bad-body", ask("POST", path, "{}"))["place"], "/reason");
  operations.refuse = conflict("nothing is held against it");
  EXPECT_EQ(ask("POST", path, R"({"reason":"r"})").status, 409u);
}

TEST_F(AdminApi, TakesPackagesInShowsAndRemovesThem) {
  const auto installed = good("POST", "/api/v1/connectors?allow_downgrade=true", "four");
  EXPECT_EQ(operations.asked.back(), "install 4 bytes for uid:1000, also an older one");
  EXPECT_EQ(installed["release"], "tiny@1.0.0");
  EXPECT_FALSE(installed.contains("moved")) << "what is installed moves nobody";
  EXPECT_EQ(installed["present"], false);
  good("POST", "/api/v1/connectors", "four!");
  EXPECT_EQ(operations.asked.back(), "install 5 bytes for uid:1000");
  EXPECT_EQ(ask("POST", "/api/v1/connectors?allow_downgrade=maybe", "four").status, 400u);
  HttpHead large = head_of("POST", "/api/v1/connectors");
  large.content_length = kMaxPackageBody;
  EXPECT_FALSE(handler.admit(large).refuse);
  large.content_length = kMaxPackageBody + 1;
  ASSERT_TRUE(handler.admit(large).refuse);
  EXPECT_EQ(handler.admit(large).refuse->status, 413u);

  const auto shown = good("GET", "/api/v1/connectors/tiny@1.0.0");
  EXPECT_EQ(operations.asked.back(), "connector tiny@1.0.0");
  EXPECT_EQ(shown["package"]["signers"][0]["name"], "acme");
  EXPECT_EQ(shown["changelog"], "# 1.0.0\n");
  const std::string path = "/api/v1/connectors/tiny@1.0.0/remove";
  EXPECT_EQ(good("POST", path, R"({"reason":"too old"})")["removed"], true);
  EXPECT_EQ(operations.asked.back(), "remove tiny@1.0.0: too old");
  EXPECT_EQ(problem(400, "bad-body", ask("POST", path, "{}"))["place"], "/reason");
  operations.refuse = conflict("it is used by crm");
  EXPECT_EQ(ask("POST", path, R"({"reason":"r"})").status, 409u);
  EXPECT_EQ(ask("POST", "/api/v1/connectors", "x").status, 409u);
}

TEST_F(AdminApi, ChecksAndReadsBackThroughADestination) {
  operations.checked.reason = "step_failed";
  operations.checked.text = "slot token: refused";
  const auto checked = good("POST", "/api/v1/destinations/crm/check");
  EXPECT_EQ(operations.asked.back(), "check crm");
  EXPECT_EQ(checked["ok"], false);
  EXPECT_EQ(checked["text"], "slot token: refused");

  operations.read.resize(2);
  operations.read[0].state = ReadBackState::found;
  operations.read[0].record = R"({"email":"a"})";
  operations.read[0].vendor_ref = "1001";
  operations.read[1].detail = "not said";
  const auto read = good("POST", "/api/v1/destinations/crm/readback",
                         R"({"action":"upsert","keys":[{"record":{"email":"a"},"vendor_ref":"9"},)"
                         R"({"record":{"email":"b"}}]})");
  EXPECT_EQ(operations.read_query.action, "upsert");
  ASSERT_EQ(operations.read_query.keys.size(), 2u);
  EXPECT_EQ(operations.read_query.keys[0].vendor_ref, "9");
  EXPECT_EQ(operations.read_query.keys[1].record, R"({"email":"b"})");
  EXPECT_EQ(read["data"][0]["state"], "found");
  EXPECT_EQ(read["data"][0]["record"]["email"], "a");
  EXPECT_EQ(read["data"][1]["state"], "unknown");
  for (const char* bad : {R"({"keys":[{"record":{}}]})", R"({"action":"a"})",
                          R"({"action":"a","keys":[]})", R"({"action":"a","keys":[{"email":"b"}]})",
                          R"({"action":"a","keys":[{"record":{},"vendor_ref":7}]})",
                          R"({"action":"a","keys":[{"record":{},"other":"b"}]})"}) {
    EXPECT_EQ(ask("POST", "/api/v1/destinations/crm/readback", bad).status, 400u) << bad;
  }
}

TEST_F(AdminApi, ListsPullsAndRunsOne) {
  operations.pull.name = "people";
  operations.pull.state = "idle";
  operations.pull.cursor = "c1";
  operations.pull.interval = milliseconds(60'000);
  const auto list = good("GET", "/api/v1/pulls");
  EXPECT_EQ(list["data"][0]["name"], "people");
  EXPECT_EQ(list["data"][0]["interval_ms"], 60'000);
  EXPECT_EQ(good("POST", "/api/v1/pulls/people/run?wait_ms=500")["cursor"], "c1");
  EXPECT_EQ(operations.asked.back(), "pull people within 500");
  EXPECT_EQ(ask("POST", "/api/v1/pulls/people/run?wait_ms=30001").status, 400u);
  good("GET", "/api/v1/doctor?vendors=true");
  EXPECT_EQ(operations.asked.back(), "doctor of vendors");
  EXPECT_EQ(ask("GET", "/api/v1/doctor?vendors=yes").status, 400u);
}

TEST_F(AdminApi, ConfigurationIsCheckedComparedAppliedAndShown) {
  EXPECT_EQ(good("GET", "/api/v1/config")["version"], "00000000000000ab");
  good("GET", "/api/v1/config/history?limit=1&after=z");
  EXPECT_EQ(operations.asked.back(), "history after z");
  EXPECT_TRUE(good("POST", "/api/v1/config/check?file=w.toml", "x = 1")["valid"].get<bool>());
  EXPECT_EQ(operations.asked.back(), "check w.toml: x = 1");
  EXPECT_EQ(good("POST", "/api/v1/config/diff", "x")["changes"][0],
            "destination crm: max_batch 100 -> 50");
  EXPECT_TRUE(good("POST", "/api/v1/config/apply", "x")["applied"].get<bool>());
  operations.config_errors = {invalid("wanted a name, found 7", "w.toml:3:1: sources.name"),
                              invalid("unknown key", "w.toml:4:1: sources.colour")};
  EXPECT_EQ(good("POST", "/api/v1/config/check", "x")["errors"].size(), 2u);
  const auto refused = problem(422, "config-invalid", ask("POST", "/api/v1/config/apply", "x"));
  EXPECT_EQ(refused["errors"][1]["place"], "w.toml:4:1: sources.colour");
  problem(422, "config-invalid", ask("POST", "/api/v1/config/diff", "x"));
}

TEST_F(AdminApi, TellsInventoryDoctorAndHealth) {
  EXPECT_EQ(good("GET", "/api/v1/connectors")["data"].size(), 1u);
  EXPECT_EQ(good("GET", "/api/v1/workers")["data"].size(), 1u);
  EXPECT_TRUE(good("GET", "/api/v1/completeness")["adds_up"].get<bool>());
  operations.counts.decided = 3;
  operations.counts.delivered = 1;
  const auto counted = good("GET", "/api/v1/completeness?source=web&destination=crm");
  EXPECT_EQ(operations.asked.back(), "completeness of web to crm");
  EXPECT_FALSE(counted["adds_up"].get<bool>());
  EXPECT_EQ(counted["data"][0]["remainder"], 2);
  EXPECT_EQ(ask("GET", "/api/v1/completeness?from=yesterday").status, 400u);
  const auto cut = good("POST", "/api/v1/backup/cut");
  EXPECT_EQ(cut["log"], 7);
  EXPECT_EQ(cut["partitions"][0]["end"], 128);
  const auto recounted = good("GET", "/api/v1/completeness/recount");
  EXPECT_FALSE(recounted["same"].get<bool>());
  EXPECT_EQ(recounted["differences"][0]["text"], "dead 1, recounted 2");
  const auto notices = good("GET", "/api/v1/notices?limit=2")["data"];
  EXPECT_EQ(notices.size(), 2u);
  EXPECT_EQ(notices[0]["name"], "tenon.breaker.opened");
  EXPECT_TRUE(notices[0]["open"].get<bool>());
  EXPECT_EQ(ask("GET", "/api/v1/notices?limit=0").status, 400u);
  EXPECT_EQ(good("GET", "/api/v1/doctor")["data"][0]["level"], "warning");
  EXPECT_EQ(ask("GET", "/healthz").status, 200u);
  EXPECT_EQ(ask("GET", "/metrics").body, "tenon_up 1\n");
  EXPECT_EQ(ask("GET", "/readyz").status, 200u);
  operations.ready = Readiness{false, "the log is full"};
  const auto response = ask("GET", "/readyz");
  EXPECT_EQ(response.status, 503u);
  EXPECT_NE(response.body.find("the log is full"), std::string::npos);
}

TEST_F(AdminApi, RefusesWhatHttpGetsWrong) {
  problem(404, "unknown-route", ask("GET", "/api/v1/nothing"));
  problem(404, "unknown-route", ask("GET", "/api/v1/events/" + event + "/more"));
  problem(404, "unknown-route", ask("GET", "/api/v1/events/%zz"));
  const auto wrong = ask("DELETE", "/api/v1/deliveries");
  problem(405, "wrong-method", wrong);
  EXPECT_EQ(wrong.headers.back(), (std::pair<std::string, std::string>("allow", "GET")));
  const auto unknown = ask("GET", "/api/v1/deliveries?colour=red");
  EXPECT_EQ(problem(400, "unknown-parameter", unknown)["place"], "colour");
  problem(400, "unknown-parameter", ask("GET", "/api/v1/workers?limit=1"));
  problem(400, "bad-parameter", ask("GET", "/api/v1/deliveries?limit=1&limit=2"));
  problem(400, "bad-parameter", ask("GET", "/api/v1/deliveries?after=%zz"));
  problem(400, "bad-parameter", ask("GET", "/api/v1/deliveries?after=" + std::string(2'001, 'x')));
  problem(400, "bad-parameter", ask("GET", "/api/v1/events/evt_short"));
  problem(400, "bad-parameter", ask("GET", "/api/v1/dead-letters/evt_x"));
  const auto path = "/api/v1/dead-letters/" + delivery + "/redrive";
  problem(400, "bad-body", ask("POST", path, "{"));
  problem(400, "bad-body", ask("POST", path, "[]"));
  EXPECT_EQ(problem(400, "bad-body", ask("POST", path, R"({"x":1})"))["place"], "/x");
}

TEST_F(AdminApi, LimitsBodies) {
  auto head = head_of("POST", "/api/v1/config/check");
  EXPECT_EQ(handler.admit(head).max_body, kMaxConfigBody);
  head.content_length = kMaxConfigBody;
  EXPECT_FALSE(handler.admit(head).refuse);
  head.content_length = kMaxConfigBody + 1;
  const auto admission = handler.admit(head);
  ASSERT_TRUE(admission.refuse);
  problem(413, "body-too-large", *admission.refuse);
  problem(413, "body-too-large",
          ask("POST", "/api/v1/config/check", std::string(kMaxConfigBody + 1, 'x')));
  EXPECT_EQ(handler.admit(head_of("GET", "/api/v1/workers")).max_body, 0u);
  ASSERT_TRUE(handler.admit(head_of("GET", "/nothing")).refuse);
}

TEST_F(AdminApi, OnlyTheHostsUserMayAsk) {
  for (const char* peer : {"unix:1001", "unix:", "unix:1000x"}) {
    auto head = head_of("GET", "/api/v1/workers");
    head.peer = peer;
    problem(403, "forbidden", send(handler, head, ""));
    const auto admission = handler.admit(head);
    ASSERT_TRUE(admission.refuse) << peer;
  }
}

TEST_F(AdminApi, EveryErrorKindHasItsProblem) {
  const struct {
    Error error;
    std::uint32_t status;
    const char* type;
  } kCases[] = {{invalid("x"), 400, "invalid"},
                {not_found("x"), 404, "not-found"},
                {conflict("x"), 409, "conflict"},
                {unauthorized("x"), 401, "unauthorized"},
                {limited("x", milliseconds(1'001)), 429, "limited"},
                {unavailable("x"), 503, "unavailable"},
                {timed_out("x"), 504, "timeout"},
                {corrupt("x"), 500, "corrupt"},
                {unsupported("x"), 501, "unsupported"},
                {cancelled(), 503, "stopping"}};
  for (const auto& one : kCases) {
    operations.refuse = one.error;
    for (const auto& target : {"/api/v1/events/" + event, "/api/v1/dead-letters/" + delivery,
                               std::string("/api/v1/deliveries"), std::string("/api/v1/config")}) {
      problem(one.status, one.type, ask("GET", target));
    }
    problem(one.status, one.type, ask("POST", "/api/v1/destinations/crm/resume"));
  }
  operations.refuse = limited("x", milliseconds(1'001));
  EXPECT_EQ(ask("GET", "/api/v1/config").headers.at(1),
            (std::pair<std::string, std::string>("retry-after", "2")));
}

TEST_F(AdminApi, TheMetricsListenerServesNothingElse) {
  MetricsHandler metrics(operations);
  auto head = head_of("GET", "/metrics");
  head.peer = "127.0.0.1";
  EXPECT_EQ(metrics.admit(head).max_body, 0u);
  EXPECT_EQ(send(metrics, head, "").status, 200u);
  head.path = "/api/v1/workers";
  EXPECT_EQ(send(metrics, head, "").status, 404u);
  head.path = "/metrics";
  head.method = "POST";
  EXPECT_EQ(send(metrics, head, "").status, 405u);
}

}  // namespace
}  // namespace tenon
