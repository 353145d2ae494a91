// Golden: reading files, running their scripts, comparing with what they want.
#include "testkit/golden.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tenon::testkit {
namespace {

std::string shown(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A golden is our own file: a wrong one is told with its member and what was there.
struct Wrong {
  std::string what;
};

const Json& want(const Json& json, const char* name, Json::value_t type) {
  const auto found = json.find(name);
  if (found == json.end() || found->type() != type) {
    throw Wrong{std::string(name) + ": wanted " + Json(type).type_name() + ", found " +
                (found == json.end() ? "nothing" : found->type_name())};
  }
  return *found;
}

std::string text_or(const Json& json, const char* name, const std::string& otherwise) {
  const auto found = json.find(name);
  return found == json.end() ? otherwise : found->get<std::string>();
}

Pairs pairs_of(const Json& json) {
  Pairs pairs;
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) pairs.emplace_back(key, value.get<std::string>());
  } else {
    for (const Json& item : json) {
      pairs.emplace_back(item.at(0).get<std::string>(), item.at(1).get<std::string>());
    }
  }
  return pairs;
}

ReplyIn reply_of(const Json& json) {
  ReplyIn reply;
  const std::string got = text_or(json, "got", "http");
  reply.got = got_of(got);
  if (reply.got == 0) throw Wrong{"reply.got: no such word: " + got};
  if (reply.got != TENON_GOT_HTTP) return reply;
  reply.status = json.at("status").get<std::uint32_t>();
  if (json.contains("headers")) reply.headers = pairs_of(json["headers"]);
  reply.body = json.contains("json") ? json["json"].dump() : text_or(json, "body", "");
  reply.cut_bytes = json.value("cut_bytes", std::uint64_t{0});
  return reply;
}

void read_call(const Json& json, Golden& golden) {
  CallIn& call = golden.call;
  const std::string op = text_or(json, "op", "deliver");
  if (op != "deliver" && op != "check") throw Wrong{"op: wanted deliver or check, found " + op};
  call.op = op == "check" ? TENON_OP_CHECK : TENON_OP_DELIVER;
  call.action = text_or(json, "action", "");
  call.now_ms = json.value("now_ms", call.now_ms);
  call.idempotency = text_or(json, "idempotency", call.idempotency);
  if (!json.contains("records")) return;
  for (const Json& item : want(json, "records", Json::value_t::array)) {
    RecordIn record;
    record.id = item.at("id").get<std::string>();
    record.type = text_or(item, "type", "track");
    record.attempt = item.value("attempt", 1u);
    record.flags = item.value("isolated", false) ? TENON_RECORD_ISOLATED : 0;
    record.body = item.contains("text") ? item["text"].get<std::string>() : item.at("body").dump();
    call.records.push_back(std::move(record));
  }
}

void read_expectations(const Json& json, Golden& golden) {
  if (json.contains("steps")) {
    for (const Json& step : want(json, "steps", Json::value_t::array)) {
      golden.steps.emplace_back();
      for (const Json& exchange : step) {
        golden.steps.back().push_back({exchange.at("request"), reply_of(exchange.at("reply"))});
      }
    }
  }
  golden.status = text_or(json, "status", "ok");
  golden.explain = text_or(json, "explain", "");
  golden.body_ignored = text_or(json, "body_ignored", "");
  if (json.contains("outcomes")) golden.outcomes = want(json, "outcomes", Json::value_t::array);
  if (json.contains("hints")) golden.hints = want(json, "hints", Json::value_t::array);
  if (golden.outcomes.size() != golden.call.records.size()) {
    throw Wrong{"outcomes: wanted one per record (" + std::to_string(golden.call.records.size()) +
                "), found " + std::to_string(golden.outcomes.size())};
  }
}

void compare(const Json& wanted, const Json& found, const std::string& place,
             std::vector<std::string>& differences) {
  for (const auto& [name, value] : wanted.items()) {
    const auto there = found.find(name);
    if (there == found.end()) {
      differences.push_back(place + "." + name + ": wanted " + shown(value) + ", found nothing");
    } else if (*there != value) {
      differences.push_back(place + "." + name + ": wanted " + shown(value) + ", found " +
                            shown(*there));
    }
  }
}

// `json` becomes the minified body, objects of headers and query become lists of pairs.
Json canonical_request(Json wanted) {
  if (wanted.contains("json")) {
    wanted["body"] = wanted["json"].dump();
    wanted.erase("json");
  }
  for (const char* name : {"headers", "query"}) {
    if (!wanted.contains(name)) continue;
    Json pairs = Json::array();
    for (const auto& [key, value] : pairs_of(wanted[name])) pairs.push_back({key, value});
    wanted[name] = pairs;
  }
  return wanted;
}

void compare_requests(const Golden& golden, const CallOut& out,
                      std::vector<std::string>& differences) {
  const std::size_t asking = golden.steps.size();
  for (std::size_t s = 0; s < std::max(asking, out.steps.size()); ++s) {
    const std::size_t wanted = s < asking ? golden.steps[s].size() : 0;
    const std::size_t found = s < out.steps.size() ? out.steps[s].requests.size() : 0;
    const std::string step = "step " + std::to_string(s);
    if (wanted != found) {
      differences.push_back(step + ": wanted " + std::to_string(wanted) + " requests, found " +
                            std::to_string(found));
    }
    for (std::size_t i = 0; i < std::min(wanted, found); ++i) {
      compare(canonical_request(golden.steps[s][i].request), to_json(out.steps[s].requests[i]),
              step + " request " + std::to_string(i), differences);
    }
  }
}

}  // namespace

ReplyIn Golden::reply(std::size_t step, std::size_t index) const {
  if (step < steps.size() && index < steps[step].size()) return steps[step][index].reply;
  ReplyIn lost;
  lost.got = TENON_GOT_LOST;
  return lost;
}

bool read_golden(const std::string& file, Golden& golden, std::string& error) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  const Json json = Json::parse(text.str(), nullptr, false);
  if (!in || !json.is_object()) {
    error = file + ": wanted a JSON object, found something unreadable";
    return false;
  }
  try {
    golden = Golden();
    golden.name = std::filesystem::path(file).stem().string();
    golden.title = want(json, "title", Json::value_t::string).get<std::string>();
    golden.settings = want(json, "settings", Json::value_t::object).dump();
    read_call(json, golden);
    read_expectations(json, golden);
    return true;
  } catch (const Wrong& wrong) {
    error = file + ": " + wrong.what;
  } catch (const Json::exception& wrong) {
    error = file + ": " + wrong.what();
  }
  return false;
}

std::vector<Golden> read_goldens(const std::string& folder, std::vector<std::string>& errors) {
  std::vector<std::string> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path().string());
  }
  if (failed) errors.push_back(folder + ": " + failed.message());
  std::sort(files.begin(), files.end());
  std::vector<Golden> goldens;
  for (const std::string& file : files) {
    Golden golden;
    std::string error;
    if (read_golden(file, golden, error)) {
      goldens.push_back(std::move(golden));
    } else {
      errors.push_back(error);
    }
  }
  return goldens;
}

CallOut run_golden(const Instance& instance, const Golden& golden, const Change& change) {
  std::size_t index = 0;
  std::uint32_t last_step = 0;
  return run_call(instance, golden.call, [&](const RequestOut&, std::uint32_t step) {
    index = step == last_step ? index : 0;
    last_step = step;
    ReplyIn reply = golden.reply(step, index);
    if (change) change(step, index, reply);
    ++index;
    return reply;
  });
}

std::vector<std::string> differences(const Golden& golden, const CallOut& out) {
  std::vector<std::string> found = out.violations();
  if (status_name(out.status()) != golden.status) {
    found.push_back("status: wanted " + golden.status + ", found " +
                    std::string(status_name(out.status())));
  }
  const std::string explain = out.steps.empty() ? "" : out.steps.back().explain;
  if (explain.find(golden.explain) == std::string::npos) {
    found.push_back("explain: wanted a text with \"" + golden.explain + "\", found \"" + explain +
                    "\"");
  }
  compare_requests(golden, out, found);
  for (std::size_t i = 0; i < golden.outcomes.size(); ++i) {
    compare(golden.outcomes[i], to_json(out.outcomes[i]), "outcome " + std::to_string(i), found);
  }
  Json hints = Json::array();
  for (const StepOut& step : out.steps) {
    for (const HintOut& hint : step.hints) hints.push_back(to_json(hint));
  }
  if (hints != golden.hints) {
    found.push_back("hints: wanted " + shown(golden.hints) + ", found " + shown(hints));
  }
  return found;
}

}  // namespace tenon::testkit
