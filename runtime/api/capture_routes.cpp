// The routes about captures: which calls are kept, and what was in them.
#include "api/admin_handler.hpp"
#include "api/json.hpp"
#include "api/reply.hpp"

namespace tenon {
namespace {

// Of the calls in one answer, after the first one.
constexpr std::size_t kMaxCallsBytes = 8u << 20;

nlohmann::json to_json(const CaptureInfo& info) {
  nlohmann::json out = {
      {"attempt", info.attempt}, {"destination", info.destination}, {"release", info.release},
      {"op", info.op},           {"records", info.records},         {"steps", info.steps},
      {"took_ms", info.took_ms}, {"size_bytes", info.bytes},        {"failed", info.failed}};
  put_time(out, "at", info.at);
  put_text(out, "action", info.action);
  put_text(out, "failure", info.failure);
  return out;
}

nlohmann::json to_json(const CaptureStatus& status) {
  nlohmann::json out = {{"on", status.on},
                        {"calls", status.calls},
                        {"files_bytes", status.bytes},
                        {"budget_bytes", status.budget},
                        {"not_kept", status.too_large + status.too_many + status.no_disk},
                        {"damaged", status.damaged}};
  put_text(out, "off_because", status.off_because);
  put_time(out, "oldest", status.oldest);
  return out;
}

// The object with one more member, which is JSON already: a call is not read again only to be
// written again.
std::string with_member(const nlohmann::json& object, std::string_view name,
                        std::string_view json) {
  std::string out = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  out.pop_back();
  return out + ",\"" + std::string(name) + "\":" + std::string(json) + "}";
}

HttpResponse raw_json(std::string body) {
  HttpResponse response;
  response.headers.emplace_back("content-type", "application/json");
  response.body = std::move(body);
  return response;
}

}  // namespace

Task<HttpResponse> AdminHandler::list_captures(Ask ask) {
  CaptureQuery query;
  query.destination = ask.query.text("destination");
  query.connector = ask.query.text("connector");
  query.release = ask.query.text("release");
  query.since = ask.query.time("since");
  query.failed = ask.query.text("failed") == "true";
  const bool with_calls = ask.query.text("calls") == "true";
  if (ask.query.has("delivery")) {
    const std::string text = ask.query.text("delivery");
    const auto id = parse_delivery_id(text);
    if (!id) {
      ask.query.fault(ask.query.bad("delivery", "a delivery id like dlv_ and 26 characters", text));
    } else {
      query.delivery = *id;
    }
  }
  const auto page = ask.query.page();
  query.limit = page.limit;
  if (!page.after.empty()) query.before = ask.query.number("after", 0, 1, UINT64_MAX);
  if (ask.query.problem()) co_return response_of(*ask.query.problem(), ask.head.path);
  const auto rows = operations_.captures(query);
  std::string data;
  std::size_t calls_bytes = 0, shown = 0;
  for (const auto& row : rows) {
    if (with_calls && shown > 0 && calls_bytes + row.bytes > kMaxCallsBytes) break;
    std::string text = to_json(row).dump();
    if (with_calls) {
      const auto kept = operations_.capture(row.attempt);
      calls_bytes += row.bytes;
      // Forgotten since, or damaged: the others are there all the same.
      if (kept) text = with_member(to_json(row), "call", kept->json);
    }
    data += (data.empty() ? "" : ",") + text;
    ++shown;
  }
  nlohmann::json answer = {{"next", nullptr}, {"status", to_json(operations_.capture_status())}};
  if (shown > 0 && (shown < rows.size() || rows.size() == query.limit)) {
    answer["next"] = std::to_string(rows[shown - 1].place);
  }
  co_return raw_json(with_member(answer, "data", "[" + data + "]"));
}

Task<HttpResponse> AdminHandler::get_capture(Ask ask) {
  const auto kept = operations_.capture(ask.args[0]);
  if (!kept) co_return refused(kept.error(), ask.head);
  nlohmann::json answer = {{"redact", kept->redact}};
  co_return raw_json(with_member(answer, "call", kept->json));
}

}  // namespace tenon
