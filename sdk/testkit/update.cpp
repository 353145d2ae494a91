// Update: a golden's file with what happened as what is wanted.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "testkit/expectation.hpp"
#include "testkit/json_text.hpp"
#include "testkit/shape.hpp"

namespace tenon::testkit {
namespace {

// What held stays as its author wrote it, with no more members than he chose.
Json renewed(const Json& wanted, const Json& found) {
  Differences differences;
  if (!wanted.is_null()) compare_named(wanted, found, "", differences);
  return wanted.is_null() || !differences.empty() ? written(found) : wanted;
}

Json renewed_all(const Json& wanted, const Json& found) {
  Json all = Json::array();
  for (std::size_t i = 0; i < found.size(); ++i) {
    all.push_back(renewed(i < wanted.size() ? wanted[i] : Json(), found[i]));
  }
  return all;
}

Json renewed_request(const Json& wanted, const RequestOut& request) {
  const Json canonical = with_objects(wanted);
  Json entry = renewed(canonical, shape_of(request));
  const bool other_bytes = entry.contains("json") && entry["json"].dump() != request.body;
  return other_bytes ? written(shape_of(request)) : entry;
}

// The replies stay as they are written; a request beyond the script gets one that says so.
Json renewed_steps(const Golden& golden, const CallOut& out) {
  Json steps = Json::array();
  for (std::size_t s = 0; s < out.steps.size(); ++s) {
    Json step = Json::array();
    for (std::size_t i = 0; i < out.steps[s].requests.size(); ++i) {
      const bool known = s < golden.steps.size() && i < golden.steps[s].size();
      Json exchange;
      exchange["request"] =
          renewed_request(known ? golden.steps[s][i].request : Json(), out.steps[s].requests[i]);
      exchange["reply"] = known ? golden.source["steps"][s][i]["reply"] : Json{{"got", "lost"}};
      step.push_back(std::move(exchange));
    }
    if (!step.empty()) steps.push_back(std::move(step));
  }
  return steps;
}

// Why an update would do harm: a run that breaks the contract is nothing to want, and a reply that
// was not asked for would be lost, of which the file may be the only copy. Empty if it would not.
std::string harm(const Golden& golden, const CallOut& out) {
  if (const auto broken = out.violations(); !broken.empty()) {
    return "what happens breaks the contract: " + broken.front();
  }
  for (std::size_t s = 0; s < golden.steps.size(); ++s) {
    const std::size_t asked = s < out.steps.size() ? out.steps[s].requests.size() : 0;
    if (golden.steps[s].size() <= asked) continue;
    return below(below(below("/steps", s), asked), "reply") +
           " would be lost, since its request was not made; take it out first if that is meant";
  }
  return {};
}

// A member whose value is as if it were left out is left out.
void put_list(Json& json, const char* name, Json list) {
  if (!list.empty()) json[name] = std::move(list);
}

}  // namespace

std::string updated(const Golden& golden, const CallOut& out) {
  const Pushes pushes = pushes_of(out);
  Json json;
  for (const char* name : {"title", "op", "action", "stream", "cursor", "settings", "now_ms",
                           "seed", "idempotency", "body_ignored", "inbound", "records"}) {
    if (golden.source.contains(name)) json[name] = golden.source[name];
  }
  put_list(json, "steps", renewed_steps(golden, out));
  const std::string status(status_name(out.status()));
  if (status != "ok" || golden.source.contains("status")) json["status"] = status;
  const std::string explain = out.steps.empty() ? "" : out.steps.back().explain;
  const bool said = !golden.explain.empty() && explain.find(golden.explain) != std::string::npos;
  if (said || !explain.empty()) json["explain"] = said ? golden.explain : explain;
  put_list(json, "outcomes", renewed_all(golden.outcomes, pushes.outcomes));
  put_list(json, "emits", renewed_all(golden.emits, pushes.emits));
  put_list(json, "checkpoints", renewed_all(golden.checkpoints, pushes.checkpoints));
  if (!pushes.reply.is_null()) json["reply"] = renewed(golden.reply, pushes.reply);
  put_list(json, "hints", renewed_all(golden.hints, pushes.hints));
  put_list(json, "delays_ms", pushes.delays_ms);
  return pretty(json) + '\n';
}

bool update_golden(const Instance& instance, const Golden& golden, std::string& changed,
                   std::string& error) {
  const CallOut out = run_golden(instance, golden);
  if (const std::string why = harm(golden, out); !why.empty()) {
    error = golden.file + ": left as it was: " + why;
    return false;
  }
  const std::string text = updated(golden, out);
  std::stringstream before;
  before << std::ifstream(golden.file, std::ios::binary).rdbuf();
  if (before.str() == text) return true;
  // Beside the file and then in its place, so that no run that is stopped leaves half of it.
  const std::string draft = golden.file + ".new";
  std::ofstream file(draft, std::ios::binary);
  file << text;
  file.close();
  std::error_code failed;
  if (file) std::filesystem::rename(draft, golden.file, failed);
  if (!file || failed) {
    std::filesystem::remove(draft, failed);
    error = golden.file + ": cannot be written";
    return false;
  }
  const Differences found = differences(golden, out);
  changed = found.empty() ? "  its form only\n" : shown_as_change(found);
  return true;
}

}  // namespace tenon::testkit
