// Scripted answers, counts and the last requests.
#include "models/model_journal.hpp"

namespace tenon::models {
namespace {

using nlohmann::json;

// Bodies may hold any bytes; the documents are JSON.
std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<ScriptedReply> scripted_reply(const json& row) {
  if (!row.is_object()) return invalid("wanted an object", "script");
  ScriptedReply out;
  try {
    for (const auto& [key, value] : row.items()) {
      if (key == "path")
        value.get_to(out.path);
      else if (key == "times")
        value.get_to(out.times);
      else if (key == "status")
        value.get_to(out.reply.status);
      else if (key == "body")
        out.reply.body = value.is_string() ? value.get<std::string>() : value.dump();
      else if (key == "raw")
        value.get_to(out.raw);
      else if (key == "delay_ms")
        value.get_to(out.reply.delay_ms);
      else if (key == "hang")
        value.get_to(out.reply.hang);
      else if (key == "cut")
        value.get_to(out.reply.cut);
      else if (key == "lost")
        value.get_to(out.reply.lost);
      else if (key == "headers") {
        for (const auto& [name, text] : value.items()) {
          out.reply.headers.emplace_back(name, text.get<std::string>());
        }
      } else {
        return invalid("unknown key", "script." + key);
      }
    }
  } catch (const json::exception& error) {
    return invalid(error.what(), "script");
  }
  return out;
}

}  // namespace

std::optional<ScriptedReply> ModelJournal::take(const testkit::ModelRequest& request) {
  for (auto it = script_.begin(); it != script_.end(); ++it) {
    if (!request.path.starts_with(it->path)) continue;
    ScriptedReply out = *it;
    if (--it->times == 0) script_.erase(it);
    return out;
  }
  return std::nullopt;
}

void ModelJournal::record(std::int64_t at_ms, const testkit::ModelRequest& request,
                          std::uint32_t status) {
  ++requests_;
  ++by_status_[status];
  entries_.push_back({at_ms, request, status});
  if (entries_.size() > kMaxEntries) entries_.pop_front();
}

Result<void> ModelJournal::script(const std::string& body) {
  const json document = json::parse(body, nullptr, false);
  if (!document.is_object()) return invalid("wanted a JSON object", "body");
  std::deque<ScriptedReply> script;
  for (const auto& [key, value] : document.items()) {
    if (key == "clear") continue;
    if (key != "script" || !value.is_array()) {
      return invalid("wanted clear, or script as an array", key);
    }
    for (const auto& row : value) {
      TENON_TRY_AS(auto reply, scripted_reply(row));
      if (reply.times > 0) script.push_back(std::move(reply));
    }
  }
  if (document.value("clear", json(false)) == json(true)) script_.clear();
  if (script_.size() + script.size() > kMaxScripted) {
    return invalid("more than " + std::to_string(kMaxScripted) + " answers", "script");
  }
  for (auto& reply : script) script_.push_back(std::move(reply));
  return {};
}

json ModelJournal::counts() const {
  json by_status = json::object();
  for (const auto& [status, count] : by_status_) by_status[std::to_string(status)] = count;
  return {{"requests", requests_}, {"by_status", by_status}, {"scripted", script_.size()}};
}

std::string ModelJournal::entries() const {
  json out = json::array();
  for (const auto& entry : entries_) {
    json headers = json::object();
    for (const auto& [name, value] : entry.request.headers) headers[name] = value;
    out.push_back({{"at_ms", entry.at_ms},
                   {"method", entry.request.method},
                   {"path", entry.request.path},
                   {"query", entry.request.query},
                   {"headers", headers},
                   {"body", entry.request.body},
                   {"status", entry.status}});
  }
  return dump(out);
}

}  // namespace tenon::models
