// The routes about the audit chain: who asked for what.
#include "api/admin_handler.hpp"
#include "api/json.hpp"
#include "api/reply.hpp"

namespace tenon {
namespace {

template <typename Bytes>
void put_bytes(nlohmann::json& out, const char* key, const Bytes& bytes) {
  if (bytes == Bytes{}) return;
  out[key] = to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

nlohmann::json to_json(const AuditEntry& entry) {
  nlohmann::json out = {{"sequence", entry.sequence}, {"act", entry.act}, {"status", entry.status}};
  put_time(out, "at", entry.at);
  put_time(out, "until", entry.until);
  if (entry.count > 1) out["count"] = entry.count;
  if (entry.begun != 0) out["begun"] = entry.begun;
  put_text(out, "actor", entry.actor);
  put_text(out, "target", entry.target);
  put_text(out, "peer", entry.peer);
  put_text(out, "why", entry.why);
  put_bytes(out, "body_hash", entry.body);
  put_text(out, "anchor", to_text(ChainHead{entry.sequence, entry.mac}));
  out["keyed"] = entry.key != 0;
  return out;
}

nlohmann::json to_json(const ChainReport& report) {
  nlohmann::json out = {{"whole", report.whole()},
                        {"entries", report.entries},
                        {"first", report.first},
                        {"without_key", report.without_key},
                        {"key_gone", report.key_gone}};
  if (report.head.sequence != 0) out["head"] = to_text(report.head);
  if (report.broken_at != 0)
    out["broken"] = {{"sequence", report.broken_at}, {"why", report.broken}};
  if (report.bare_after_keyed != 0) out["without_key_since"] = report.bare_after_keyed;
  if (report.anchor != AnchorFate::none) out["anchor"] = name_of(report.anchor);
  return out;
}

}  // namespace

Task<HttpResponse> AdminHandler::list_audit(Ask ask) {
  AuditQuery query;
  query.since = ask.query.time("since");
  query.actor = ask.query.text("actor");
  query.refused = ask.query.text("refused") == "true";
  const auto page = ask.query.page();
  query.limit = page.limit;
  if (!page.after.empty()) {
    const auto before = ask.query.number("after", 0, 1, UINT64_MAX);
    query.before = before;
  }
  if (ask.query.problem()) co_return response_of(*ask.query.problem(), ask.head.path);
  auto reading = operations_.audit_entries(query);
  const auto entries = co_await std::move(reading);
  if (!entries) co_return response_of(problem_of(entries.error()), ask.head.path);
  nlohmann::json answer = {{"data", nlohmann::json::array()}, {"next", nullptr}};
  for (const auto& entry : *entries) answer["data"].push_back(to_json(entry));
  if (entries->size() == query.limit && entries->back().sequence > 1) {
    answer["next"] = std::to_string(entries->back().sequence);
  }
  co_return json_response(answer);
}

Task<HttpResponse> AdminHandler::audit_head(Ask) {
  const auto head = operations_.audit_head();
  nlohmann::json answer = {{"entries", head.sequence}};
  if (head.sequence != 0) answer["anchor"] = to_text(head);
  co_return json_response(answer);
}

Task<HttpResponse> AdminHandler::verify_audit(Ask ask) {
  std::optional<ChainAnchor> anchor;
  if (ask.query.has("anchor")) {
    const std::string text = ask.query.text("anchor");
    const auto parsed = parse_anchor(text);
    if (!parsed) {
      co_return response_of(
          ask.query.bad("anchor", "NUMBER:32 hex digits, as tenon audit head prints it", text),
          ask.head.path);
    }
    anchor = *parsed;
  }
  auto reading = operations_.verify_audit(anchor);
  const auto report = co_await std::move(reading);
  if (!report) co_return response_of(problem_of(report.error()), ask.head.path);
  co_return json_response(to_json(*report));
}

}  // namespace tenon
