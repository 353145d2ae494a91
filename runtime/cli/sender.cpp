// Batching, waiting, judging the answers.
#include "cli/sender.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include "base/hash.hpp"
#include "base/limits.hpp"
#include "cli/text.hpp"

namespace tenon::cli {
namespace {

using nlohmann::json;

struct Line {
  std::size_t number = 0;
  std::string text, message_id;
};

void tell(SendReport& report, LineFault fault) {
  if (report.faults.size() < kMaxKeptFaults) report.faults.push_back(std::move(fault));
}

// The line as it will be sent; or what is wrong with it.
Result<Line> read_line(std::string text, std::size_t number, const SendWorld& world) {
  constexpr std::array kTypes = {"track", "identify", "page", "screen", "group", "alias"};
  Line line;
  line.number = number;
  auto event = json::parse(text, nullptr, false);
  if (event.is_discarded()) return invalid("wanted one JSON object, found broken JSON", "not_json");
  if (!event.is_object()) {
    return invalid(std::string("wanted a JSON object, found ") + event.type_name(),
                   "not_an_object");
  }
  const auto type = event.find("type");
  const bool known =
      type != event.end() && type->is_string() &&
      std::find(kTypes.begin(), kTypes.end(), type->get<std::string>()) != kTypes.end();
  if (!known) {
    return invalid("wanted a \"type\" of track, identify, page, screen, group or alias, found " +
                       (type == event.end() ? std::string("none") : clean(type->dump(), 60)),
                   "bad_type");
  }
  const auto id = event.find("messageId");
  if (id == event.end()) {
    line.message_id = world.new_message_id();
    event["messageId"] = line.message_id;
    text = event.dump();
  } else if (id->is_string()) {
    line.message_id = id->get<std::string>();
  } else {
    return invalid(std::string("wanted a text as \"messageId\", found ") + id->type_name(),
                   "bad_message_id");
  }
  if (text.size() > kMaxEventBytes) {
    return invalid("wanted at most " + std::to_string(kMaxEventBytes) + " bytes, found " +
                       std::to_string(text.size()),
                   "too_large");
  }
  line.text = std::move(text);
  return line;
}

std::string body_of(const std::vector<Line>& lines) {
  std::string body = "{\"batch\":[";
  for (const auto& line : lines) {
    if (body.back() != '[') body += ',';
    body += line.text;
  }
  return body + "]}";
}

// What the host says to each event of a batch that it took.
Result<void> take_verdicts(const std::vector<Line>& lines, const HttpAnswer& answer,
                           SendReport& report) {
  const auto verdicts = json::parse(answer.body, nullptr, false);
  if (!verdicts.is_array() || verdicts.size() != lines.size()) {
    return corrupt("wanted one verdict for each of " + std::to_string(lines.size()) +
                   " events, found \"" + clean(answer.body, 200) +
                   "\"; is this the ingest address of a tenond?");
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& verdict = verdicts[i];
    const auto text = [&](const char* key) {
      const auto at = verdict.find(key);
      return at != verdict.end() && at->is_string() ? at->get<std::string>() : std::string();
    };
    if (text("status") == "accepted") {
      ++report.accepted;
      report.sent.push_back(SentEvent{lines[i].number, lines[i].message_id, text("id")});
    } else {
      ++report.rejected;
      tell(report, LineFault{lines[i].number, text("code"), text("reason"), text("id")});
    }
  }
  return {};
}

bool worth_repeating(const Result<HttpAnswer>& answer) {
  // A lost answer may be repeated: the message ids make the host drop what it has already.
  if (!answer) return true;
  return answer->status == 429 || answer->status == 408 || answer->status >= 500;
}

Error refusal(const Result<HttpAnswer>& answer, const std::string& url) {
  if (!answer) return answer.error();
  const auto body = json::parse(answer->body, nullptr, false);
  std::string said = clean(answer->body, 300);
  if (body.is_object() && body.contains("detail") && body["detail"].is_string()) {
    said = clean(body["detail"].get<std::string>(), 300);
  }
  const auto text = "status " + std::to_string(answer->status) + ": " + said;
  return answer->status == 401 ? unauthorized(text, url) : invalid(text, url);
}

Result<void> send_batch(const std::vector<Line>& lines, const SendOptions& options,
                        const SendWorld& world, SendReport& report) {
  HttpCall call;
  call.method = "POST";
  call.url = options.source_url + "/v1/batch";
  call.body = body_of(lines);
  call.headers = {"prefer: tenon-verdicts"};
  call.user = options.write_key;
  call.timeout = options.timeout;
  std::chrono::milliseconds pause{500};
  for (int tries = 1;; ++tries) {
    const auto answer = world.call(call);
    if (answer && answer->status >= 200 && answer->status < 300) {
      ++report.batches;
      return take_verdicts(lines, *answer, report);
    }
    if (!worth_repeating(answer)) return refusal(answer, call.url);
    if (tries == kMaxSendTries) {
      auto error = refusal(answer, call.url);
      error.message = "given up after " + std::to_string(tries) + " tries: " + error.message;
      return error;
    }
    auto wait = pause;
    if (answer && answer->retry_after_s >= 0) {
      wait = std::chrono::seconds(std::min(answer->retry_after_s, kMaxRetryAfterS));
    }
    pause = std::min(pause * 2, std::chrono::milliseconds(30'000));
    ++report.waits;
    world.progress(report);
    world.sleep(wait);
  }
}

}  // namespace

SendWorld real_world() {
  SendWorld world;
  world.call = &http_call;
  world.sleep = [](std::chrono::milliseconds wait) { std::this_thread::sleep_for(wait); };
  world.new_message_id = [] {
    std::random_device device;
    std::string bytes;
    for (int i = 0; i < 4; ++i) {
      const std::uint32_t word = device();
      bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
    }
    return "cli-" + to_hex(bytes);
  };
  world.progress = [](const SendReport&) {};
  return world;
}

Result<void> send_lines(std::istream& in, const SendOptions& options, const SendWorld& world,
                        SendReport& report) {
  std::vector<Line> lines;
  std::size_t bytes = 0, number = 0;
  const auto flush = [&]() -> Result<void> {
    if (lines.empty()) return {};
    TENON_TRY(send_batch(lines, options, world, report));
    world.progress(report);
    if (options.rate > 0) {
      const double seconds = static_cast<double>(lines.size()) / options.rate;
      world.sleep(std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1'000)));
    }
    lines.clear();
    bytes = 0;
    return {};
  };
  std::string text;
  while (std::getline(in, text)) {
    ++number;
    if (!text.empty() && text.back() == '\r') text.pop_back();
    if (text.find_first_not_of(" \t") == std::string::npos) continue;
    ++report.lines;
    auto line = read_line(text, number, world);
    if (!line) {
      ++report.bad;
      tell(report, LineFault{number, line.error().context, line.error().message, {}});
      continue;
    }
    if (bytes + line->text.size() > kMaxSendBatchBytes) TENON_TRY(flush());
    bytes += line->text.size() + 1;
    lines.push_back(std::move(*line));
    if (lines.size() >= options.batch) TENON_TRY(flush());
  }
  return flush();
}

Result<std::string> resolve_reference(const std::string& reference) {
  const auto wanted =
      "wanted env:NAME or file:PATH (never the key itself: arguments show in the process list)";
  std::string secret;
  if (reference.rfind("env:", 0) == 0) {
    const char* value = std::getenv(reference.c_str() + 4);
    if (value == nullptr || *value == '\0') {
      return not_found("wanted the write key in the environment, found no such variable",
                       reference);
    }
    return std::string(value);
  }
  if (reference.rfind("file:", 0) != 0) return invalid(wanted, "--write-key");
  std::ifstream file(reference.substr(5), std::ios::binary);
  if (!file) return not_found("wanted a readable file with the write key", reference);
  secret.assign(std::istreambuf_iterator<char>(file), {});
  if (!secret.empty() && secret.back() == '\n') secret.pop_back();
  if (secret.empty()) return invalid("wanted a write key, found an empty file", reference);
  return secret;
}

}  // namespace tenon::cli
