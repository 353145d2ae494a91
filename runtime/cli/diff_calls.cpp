// Files to calls.
#include "cli/diff_calls.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>

#include "cli/cells.hpp"
#include "ports/captured_call_json.hpp"
#include "shadow/golden_call.hpp"

namespace tenon::cli {
namespace {

// Up to the next line's end, which is dropped. False: nothing is left. A line over the limit is
// given one byte longer than that.
bool next_line(std::istream& in, std::string& line) {
  line.clear();
  auto* bytes = in.rdbuf();
  for (int c = bytes->sbumpc(); c != std::char_traits<char>::eof(); c = bytes->sbumpc()) {
    if (c == '\n') return true;
    line += static_cast<char>(c);
    if (line.size() > kMaxCapturedCallBytes) return true;
  }
  return !line.empty();
}

// One page of the host's captured calls.
Result<nlohmann::json> page_of_host(Session& session, const HostCalls& wanted, std::uint64_t limit,
                                    const std::string& after) {
  const auto answer =
      session.call("GET", with_parameters("/api/v1/captures", {{"connector", wanted.connector},
                                                               {"since", wanted.since},
                                                               {"calls", "true"},
                                                               {"limit", std::to_string(limit)},
                                                               {"after", after}}));
  if (!answer) return answer.error();
  auto page = nlohmann::json::parse(answer->body, nullptr, false);
  if (answer->status == 200 && page.is_object()) return page;
  const std::string found = page.is_object() ? text_of(page, "detail") : answer->body;
  return unsupported("wanted captured calls from the host, found: " + clean(found, 200) +
                         "; give a file of them with --captures FILE",
                     "/api/v1/captures");
}

}  // namespace

Result<std::vector<ScriptedCall>> scripted_calls(const std::vector<NamedText>& before,
                                                 const std::vector<NamedText>& after) {
  std::map<std::string, std::string> known;  // input and replies, by name
  std::vector<ScriptedCall> out;
  for (const auto& [name, text] : before) {
    TENON_TRY_AS(auto call, shadow::golden_call(text, name));
    known[name] = to_json_line(call);
    out.push_back({std::move(call), shadow::Owner::before});
  }
  for (const auto& [name, text] : after) {
    TENON_TRY_AS(auto call, shadow::golden_call(text, name));
    const auto same = known.find(name);
    if (same != known.end() && same->second == to_json_line(call)) continue;
    if (same != known.end()) call.attempt += " (new)";
    out.push_back({std::move(call), shadow::Owner::after});
  }
  return out;
}

Result<void> each_capture(const std::string& path,
                          const std::function<Result<void>(const CapturedCall&)>& take) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) return invalid("wanted a readable file of captured calls", path);
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::string line;
  for (std::size_t number = 1; next_line(in, line); ++number) {
    if (line.empty()) continue;
    auto call = line.size() > kMaxCapturedCallBytes
                    ? Result<CapturedCall>(invalid("wanted at most " +
                                                   std::to_string(kMaxCapturedCallBytes) +
                                                   " bytes in one line, found more"))
                    : captured_call_of(line);
    if (!call) return std::move(call).error().in(path + ":" + std::to_string(number));
    TENON_TRY(take(*call));
  }
  if (file.is_open() && file.bad()) return unavailable("the file cannot be read to its end", path);
  return {};
}

Result<void> each_capture_of_host(Session& session, const HostCalls& wanted,
                                  const std::function<Result<void>(const CapturedCall&)>& take,
                                  std::uint64_t& unreadable) {
  constexpr std::uint64_t kPage = 8;  // a call has up to 8 MiB
  std::uint64_t left = wanted.last == 0 ? UINT64_MAX : wanted.last;
  std::string after;
  do {
    TENON_TRY_AS(const auto page, page_of_host(session, wanted, std::min(kPage, left), after));
    const auto rows = page.value("data", nlohmann::json::array());
    for (const auto& row : rows) {
      --left;
      if (!row.is_object() || !row.contains("call")) {
        ++unreadable;
        continue;
      }
      auto call = captured_call_of(row["call"].dump());
      if (!call) return std::move(call).error().in("/api/v1/captures");
      TENON_TRY(take(*call));
      if (left == 0) return {};
    }
    after = rows.empty() ? std::string() : text_of(page, "next");
  } while (!after.empty() && left > 0);
  return {};
}

}  // namespace tenon::cli
