// Rendering against goldens: what a person reads for each answer of the API.
#include "cli/render.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace tenon::cli {
namespace {

using nlohmann::json;

const Time kNow = time_from_us(1'767'225'600'000'000 + 60'000'000);  // 2026-01-01T00:01:00Z

View plain() { return View{Style{}, kNow}; }

std::string slurp(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = TENON_SOURCE_DIR "/tests/unit/cli/golden/" + name;
  if (std::getenv("TENON_WRITE_GOLDENS") != nullptr) std::ofstream(path) << text;
  EXPECT_EQ(text, slurp(path)) << "set TENON_WRITE_GOLDENS=1 to accept the new text";
}

TEST(Render, ExplainTellsTheWholeStory) {
  const auto trace =
      json::parse(slurp(TENON_SOURCE_DIR "/tests/unit/api/golden/trace.json"), nullptr, false);
  ASSERT_TRUE(trace.is_object());
  const auto text = render_trace(trace, plain());
  expect_golden("trace.txt", text);
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << "a vendor's escape sequence came through";
  const View colored{Style{true}, kNow};
  EXPECT_NE(render_trace(trace, colored).find("\x1b[32mdelivered\x1b[0m"), std::string::npos);
}

TEST(Render, ExplainOfOddEvents) {
  json trace = {{"id", "evt_1"},
                {"received",
                 {{"source", "web"},
                  {"rejected", true},
                  {"code", "too_large"},
                  {"reason", "wanted at most 32768 bytes, found 40000"},
                  {"received_at", "2026-01-01T00:00:00Z"},
                  {"reentered_as", "evt_2"},
                  {"reentered_by", "uid:0"},
                  {"reentered_at", "2026-01-01T00:00:30Z"}}},
                {"decision", nullptr}};
  auto text = render_trace(trace, plain());
  trace["received"]["rejected"] = false;
  trace["received"].erase("reentered_as");
  text += render_trace(trace, plain());
  trace["decision"] = {{"fate", "duplicate"},
                       {"first", "evt_0"},
                       {"config", "00ab"},
                       {"consent", "not_enforced"},
                       {"at", "2026-01-01T00:00:00.004Z"}};
  trace["incomplete"] = "stopped after 5 records";
  text += render_trace(trace, plain());
  trace["decision"]["fate"] = "routed";
  trace["incomplete"] = "";
  trace["deliveries"] = json::array(
      {{{"destination", "crm"},
        {"action", "send"},
        {"id", "dlv_1"},
        {"state", "retrying"},
        {"tries", 3u},
        {"paused", true},
        {"held", "vendor_down: nothing works at the vendor at present"},
        {"attempts_left_out", 1u},
        {"next_at", "2026-01-01T00:01:40Z"},
        {"attempts", json::array({{{"number", 3u}, {"id", "att_3"}, {"error", "worker died"}}})}}});
  expect_golden("odd_traces.txt", text + render_trace(trace, plain()));
}

TEST(Render, ListsAlignAndSayWhenThereIsMore) {
  const json deliveries = {{"data", json::array({{{"id", "dlv_a"},
                                                  {"event", "evt_a"},
                                                  {"destination", "crm"},
                                                  {"action", "upsert_contact"},
                                                  {"state", "retrying"},
                                                  {"tries", 12u},
                                                  {"http_status", 429u},
                                                  {"next_at", "2026-01-01T00:01:12Z"},
                                                  {"reason", "rate_limited"}},
                                                 {{"id", "dlv_bbbb"},
                                                  {"event", "evt_b"},
                                                  {"destination", "Größe"},
                                                  {"action", "send"},
                                                  {"state", "pending"},
                                                  {"tries", 0u}}})},
                           {"next", "c1"}};
  const json letters = {{"data", json::array({{{"id", "dlv_a"},
                                               {"destination", "crm"},
                                               {"action", "send"},
                                               {"state", "dead"},
                                               {"http_status", 422u},
                                               {"died_at", "2025-12-31T22:58:00Z"},
                                               {"class", "vendor_rejected"},
                                               {"code", "INVALID\nEMAIL"},
                                               {"tries", 1u}}})}};
  const json destinations = {{"data", json::array({{{"name", "crm"},
                                                    {"release", "hubspot@1.0.0"},
                                                    {"state", "paused"},
                                                    {"reason", "maintenance"},
                                                    {"pending", 1'200u},
                                                    {"lag_ms", 4'200'000u}}})}};
  const json workers = {{"data", json::array({{{"pid", 42u},
                                               {"release", "hubspot@1.0.0"},
                                               {"state", "ready"},
                                               {"isolation", "A"},
                                               {"rss_bytes", 5'242'880u},
                                               {"cpu_ms", 90u}}})}};
  const json connectors = {
      {"data", json::array({{{"id", "hubspot"},
                             {"version", "1.0.0"},
                             {"actions", json::array({"a", "b"})},
                             {"strikes", 2u},
                             {"ok", true}},
                            {{"id", "broken"}, {"ok", false}, {"problem", "not an ELF file"}}})}};
  const json empty = {{"data", json::array()}, {"next", nullptr}};
  expect_golden("lists.txt",
                render_deliveries(deliveries, plain()) + render_dead_letters(letters, plain()) +
                    render_destinations(destinations, plain()) + render_workers(workers, plain()) +
                    render_connectors(connectors, plain()) + render_deliveries(empty, plain()) +
                    render_rejected(empty, plain()) + render_config_history(empty, plain()));
}

TEST(Render, SkipsAndWhatASkipWouldGiveUp) {
  const json hours = json::array({{{"from", "2026-01-01T00:00:00.000000Z"}, {"count", 3u}},
                                  {{"from", "2026-01-01T01:00:00.000000Z"}, {"count", 1u}}});
  EXPECT_EQ(render_skip_dry_run({{"name", "crm"}, {"given_up", 4u}, {"hours", hours}}, plain()),
            "a skip would give up 4 deliveries of crm, by the hour (UTC) their events came in:\n"
            "  2026-01-01 00:00  3\n  2026-01-01 01:00  1\nnothing was changed\n");
  EXPECT_EQ(render_skip_dry_run({{"name", "crm"}, {"given_up", 0u}}, plain()),
            "nothing of crm is open: a skip would give up nothing\n");
  const json act = {{"at", "2025-12-31T23:00:00.000000Z"},
                    {"given_up", 4u},
                    {"actor", "uid:0"},
                    {"reason", "test\ndata"},
                    {"hours", hours}};
  const auto text = render_skips({{"data", json::array({act})}}, plain());
  EXPECT_NE(text.find("4 deliveries by uid:0: test"), std::string::npos) << text;
  EXPECT_NE(text.find("  2026-01-01 01:00  1\n"), std::string::npos) << text;
  EXPECT_EQ(render_skips({{"data", json::array()}}, plain()), "nothing was ever skipped here\n");
}

TEST(Render, APausedDestinationSaysSinceWhenAndWhomToTell) {
  const json paused = {{"name", "crm"},
                       {"state", "paused"},
                       {"reason", "credential_refused (by host)"},
                       {"since", "2025-12-31T22:00:00Z"},
                       {"owner", "crm-team"}};
  const auto text = render_destinations({{"data", json::array({paused})}}, plain());
  EXPECT_NE(text.find("credential_refused (by host); for "), std::string::npos) << text;
  EXPECT_NE(text.find("; owner: crm-team"), std::string::npos) << text;
}

TEST(Render, SingleAnswers) {
  const json letter = {
      {"id", "dlv_a"},
      {"event", "evt_a"},
      {"destination", "crm"},
      {"action", "send"},
      {"class", "rejected"},
      {"tries", 2u},
      {"http_status", 400u},
      {"code", "E1"},
      {"detail", "no such list"},
      {"state", "ambiguous"},
      {"received_at", "2025-12-31T23:59:00Z"},
      {"next_step", "mend it, then: tenon dead-letters redrive dlv_a"},
      {"attempts", json::array({{{"number", 2u},
                                 {"began_at", "2025-12-31T23:59:59.9Z"},
                                 {"ended_at", "2026-01-01T00:00:00Z"},
                                 {"release", "crm@1.0.0"},
                                 {"exchanges", json::array({{{"method", "POST"},
                                                             {"endpoint", "api"},
                                                             {"path", "/lists"},
                                                             {"http_status", 400u},
                                                             {"request_excerpt", "{\"list\":7}"},
                                                             {"reply_excerpt", "no such list"}}})},
                                 {"outcome", {{"fate", "dead"}, {"verdict", "rejected"}}}}})},
      {"canonical", {{"a", 1}}},
      {"died_at", "2026-01-01T00:00:00Z"}};
  const json errors =
      json::array({{{"place", "w.toml:3:1: sources.name"}, {"detail", "wanted a name, found 7"}}});
  const json doctor = {{"data", json::array({{{"level", "ok"}, {"name", "disk"}, {"text", "fine"}},
                                             {{"level", "error"},
                                              {"name", "isolation"},
                                              {"text", "no user namespaces"},
                                              {"mend", "run as root"}}})}};
  const json rerun = {{"id", "rpl_a"},
                      {"kind", "replay"},
                      {"destination", "crm"},
                      {"state", "cancelled"},
                      {"actor", "uid:0"},
                      {"started_at", "2026-01-01T00:00:00Z"},
                      {"ended_at", "2026-01-01T00:00:30Z"},
                      {"ended_by", "uid:0"},
                      {"progress", 0.37},
                      {"looked", 40u},
                      {"taken", 12u},
                      {"letters", 2u},
                      {"delivered", 9u},
                      {"cancelled", 3u},
                      {"rate", 50u},
                      {"replay",
                       {{"from", "2025-12-01T00:00:00Z"},
                        {"to", "2025-12-02T00:00:00Z"},
                        {"where", "event = \"Order\""}}}};
  const json plan = {{"looked", 40u},
                     {"matched", 12u},
                     {"letters", 2u},
                     {"duplicates_at_most", 10u},
                     {"left_alone", 1u},
                     {"actions", {{"send", 12u}}},
                     {"calls", 2u},
                     {"eta_ms", 4'000u},
                     {"unsafe_actions", json::array({"send"})}};
  const json asked = {{"destination", "crm"},
                      {"from", "2025-12-01T00:00:00Z"},
                      {"to", "2025-12-02T00:00:00Z"},
                      {"rate", 3u}};
  expect_golden("reruns.txt", render_replay_plan(plan, asked, plain()) +
                                  render_rerun_started(rerun) + render_rerun(rerun, plain()) +
                                  render_reruns({{"data", json::array({rerun})}}, plain()));
  const json redrive = {
      {"matched", 2u}, {"reruns", json::array({rerun})}, {"sample", json::array({"dlv_a"})}};
  const json diff = {{"changes", json::array({"destination crm: max_batch 100 -> 50"})}};
  const json problem = {{"title", "No such thing"}, {"detail", "none"}, {"place", "x"}};
  expect_golden("answers.txt", render_dead_letter(letter, plain()) +
                                   render_config_errors(errors, plain()) +
                                   render_doctor(doctor, plain()) + render_redrive(redrive, false) +
                                   render_redrive(redrive, true) + render_config_diff(diff) +
                                   render_config_diff(json::object()) + render_problem(problem));
}

TEST(Text, DurationsAreHumane) {
  EXPECT_EQ(duration_text(microseconds(0)), "0 ms");
  EXPECT_EQ(duration_text(microseconds(400)), "0.4 ms");
  EXPECT_EQ(duration_text(milliseconds(12)), "12 ms");
  EXPECT_EQ(duration_text(milliseconds(1'240)), "1.2 s");
  EXPECT_EQ(duration_text(seconds(185)), "3 min 5 s");
  EXPECT_EQ(duration_text(seconds(7'380)), "2 h 3 min");
  EXPECT_EQ(duration_text(seconds(86'400 * 4)), "4 d");
  EXPECT_EQ(duration_text(-seconds(2)), "-2.0 s");
  EXPECT_EQ(bytes_text(1'023), "1023 B");
  EXPECT_EQ(bytes_text(1'434), "1.4 KiB");
  EXPECT_EQ(bytes_text(3u << 20), "3.0 MiB");
}

TEST(Text, ForeignTextCannotSteerATerminal) {
  EXPECT_EQ(clean("a\x1b[2Jb\n\x7f"), "a·[2Jb··");
  EXPECT_EQ(clean("a\xc2\x9b"
                  "2J"),
            "a·2J");
  EXPECT_EQ(clean("Größe"), "Größe");
  EXPECT_EQ(clean("Größe", 3), "Grö…");
}

}  // namespace
}  // namespace tenon::cli
