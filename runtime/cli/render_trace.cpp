// explain on a terminal: reception and decision as lines, then one tree for each delivery.
#include <nlohmann/json.hpp>

#include "cli/render.hpp"

namespace tenon::cli {
namespace {

using nlohmann::json;

// All times of a trace are told relative to the reception.
struct Story {
  const View& view;
  Time begin{};
  std::string out;

  void line(const std::string& text) { out += text + "\n"; }
  std::string at(Time time) const {
    if (time == Time{}) return "";
    const auto gap = time - begin;
    return (gap < microseconds(0) ? "" : "+") + duration_text(gap);
  }
  // "  label      +12 ms   text"
  void stage(const std::string& label, Time time, const std::string& text) {
    const auto when = at(time);
    line("  " + view.style.bold(label) +
         std::string(10 - std::min<std::size_t>(9, label.size()), ' ') + when +
         std::string(12 - std::min<std::size_t>(10, width_of(when)), ' ') + text);
  }
};

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) {
    if (part.empty()) continue;
    if (!out.empty()) out += ", ";
    out += part;
  }
  return out;
}

void tell_received(Story& story, const json& in) {
  const auto& style = story.view.style;
  std::vector<std::string> facts = {bytes_text(number_of(in, "size_bytes"))};
  if (flag_of(in, "webhook")) {
    facts.push_back("signature verified");
  } else {
    facts.push_back(flag_of(in, "has_key") ? "ordered by its key" : "no order key");
  }
  if (flag_of(in, "message_id_assigned")) facts.push_back("message id given by the host");
  if (flag_of(in, "synthetic")) facts.push_back("synthetic");
  if (flag_of(in, "replay")) facts.push_back("replayed");
  const auto received = time_of(in, "received_at");
  const auto occurred = time_of(in, "occurred_at"), sent = time_of(in, "sent_at");
  if (occurred != Time{}) story.stage("occurred", occurred, to_rfc3339(occurred));
  if (sent != Time{}) story.stage("sent", sent, "by the client's clock");
  story.line("  " + style.bold("received") + "  " +
             (received == Time{} ? "at an unknown time" : to_rfc3339(received)) + " (" +
             ago_text(received, story.view.now) + ")  " + joined(facts));
  const auto pulled = in.value("pulled", json::object());
  const bool was_pulled = !text_of(pulled, "pull").empty();
  story.stage("durable", time_of(in, "durable_at"),
              was_pulled ? "on disk, behind its page" : "on disk, then answered");
  if (was_pulled) {
    story.stage("pulled", Time{},
                "from " + clean(text_of(pulled, "destination")) + ", stream " +
                    clean(text_of(pulled, "stream")) + ", by pull " +
                    clean(text_of(pulled, "pull")) + " (" + clean(text_of(pulled, "release")) +
                    "): record " + clean(text_of(pulled, "id")) + ", " +
                    std::to_string(number_of(pulled, "place") + 1) + " of " +
                    std::to_string(number_of(pulled, "records")) + " in its page");
  }
  const auto parent = text_of(in, "parent");
  if (!parent.empty()) {
    story.stage("parent", Time{},
                (flag_of(in, "reentered") ? "re-entered from "
                 : flag_of(in, "edited")  ? "edited from a dead letter of "
                                          : "made from ") +
                    parent);
  }
  if (!flag_of(in, "rejected")) return;
  story.stage("rejected", Time{},
              style.bad(clean(text_of(in, "code"))) + ": " + clean(text_of(in, "reason")));
  const auto again = text_of(in, "reentered_as");
  if (!again.empty()) {
    story.stage("reentered", time_of(in, "reentered_at"),
                "as " + again + " by " + clean(text_of(in, "reentered_by")));
  } else {
    story.stage("to mend", Time{}, "tenon events rejected reenter ID --with FILE");
  }
}

constexpr std::size_t kMaxShownEvents = 20;

void tell_webhook(Story& story, const json& trace) {
  const auto& style = story.view.style;
  if (!flag_of(trace.value("received", json::object()), "webhook")) return;
  if (!trace.contains("webhook")) {
    story.stage("parsed", Time{}, style.warn("not yet; see tenon doctor"));
    return;
  }
  const auto& webhook = trace["webhook"];
  const auto events = webhook.value("events", json::array());
  const auto rejected = number_of(webhook, "rejected");
  const bool parsed = text_of(webhook, "fate") == "parsed";
  const auto tries = number_of(webhook, "tries");
  story.stage(parsed ? "parsed" : "failed", time_of(webhook, "at"),
              joined({"by " + clean(text_of(webhook, "release")),
                      tries > 1 ? count_text(tries, "try", "tries") : "",
                      parsed ? count_text(events.size(), "event", "events")
                             : style.bad(clean(text_of(webhook, "reason"))),
                      rejected > 0 ? style.bad(std::to_string(rejected) + " rejected") : ""}));
  std::size_t shown = 0;
  for (const auto& id : events) {
    if (++shown > kMaxShownEvents) break;
    story.line("  " + std::string(23, ' ') + clean(id.get<std::string>()));
  }
  if (events.size() > kMaxShownEvents) {
    story.line("  " + std::string(23, ' ') + std::to_string(events.size() - kMaxShownEvents) +
               " more; see --json");
  }
}

void tell_decision(Story& story, const json& trace) {
  const auto& style = story.view.style;
  const auto received = trace.value("received", json::object());
  if (flag_of(received, "rejected") || flag_of(received, "webhook")) return;
  if (!trace.contains("decision") || !trace["decision"].is_object()) {
    story.stage("decided", Time{}, style.warn("not yet"));
    return;
  }
  const auto& decision = trace["decision"];
  const auto fate = text_of(decision, "fate");
  std::string why = style.state(fate);
  if (fate == "no_route") why += ": no route of its source matches";
  if (fate == "duplicate") why += " of " + text_of(decision, "first");
  if (fate == "invalid") why += ": " + clean(text_of(decision, "reason"));
  const auto consent =
      text_of(decision, "consent") == "enforced" ? "consent enforced" : "consent not enforced";
  story.stage("decided", time_of(decision, "at"),
              why + "; configuration " + text_of(decision, "config") + ", " + consent);
}

void tell_exchange(Story& story, const std::string& indent, const json& exchange) {
  const auto& style = story.view.style;
  const auto status = number_of(exchange, "http_status");
  const auto got = text_of(exchange, "got");
  std::string answer = status == 0    ? style.bad(got)
                       : status < 300 ? style.good(std::to_string(status))
                                      : style.bad(std::to_string(status));
  const auto resent = number_of(exchange, "resent");
  story.line(indent + clean(text_of(exchange, "method")) + " " +
             clean(text_of(exchange, "endpoint")) + ":" + clean(text_of(exchange, "path")) + " → " +
             answer + " in " + duration_text(milliseconds(number_of(exchange, "took_ms"))) +
             (resent == 0 ? "" : ", resent " + count_text(resent, "time", "times")));
  const auto request = text_of(exchange, "request_excerpt");
  const auto reply = text_of(exchange, "reply_excerpt");
  if (!request.empty()) story.line(indent + style.dim("  sent   " + clean(request)));
  if (!reply.empty()) story.line(indent + style.dim("  reply  " + clean(reply)));
}

void tell_attempt(Story& story, const std::string& branch, const std::string& indent,
                  const json& attempt) {
  const auto& style = story.view.style;
  const auto began = time_of(attempt, "began_at"), ended = time_of(attempt, "ended_at");
  const auto batch = number_of(attempt, "batch");
  const bool look = text_of(attempt, "id").starts_with("rdb_");  // asked what it has, sent nothing
  const std::string label =
      look ? "read back" : "try " + std::to_string(number_of(attempt, "number"));
  std::string head =
      branch + label + "  " + story.at(began) + "  " + clean(text_of(attempt, "release"));
  if (batch > 1) {
    head += ", record " + std::to_string(number_of(attempt, "position") + 1) + " of " +
            std::to_string(batch);
  }
  head += ended == Time{} ? ", " + style.warn("no outcome recorded: under way or cut short")
                          : ", took " + duration_text(ended - began);
  story.line(head + "  " + style.dim(text_of(attempt, "id")));
  for (const auto& exchange : attempt.value("exchanges", json::array())) {
    tell_exchange(story, indent, exchange);
  }
  const auto error = text_of(attempt, "error");
  if (!error.empty()) story.line(indent + style.bad("failed: " + clean(error)));
  if (!attempt.contains("outcome")) return;
  const auto& outcome = attempt["outcome"];
  const auto fate = text_of(outcome, "fate");
  std::string text = style.state(fate);
  const auto verdict = text_of(outcome, "verdict"), reason = text_of(outcome, "reason");
  const auto code = text_of(outcome, "vendor_code"), detail = text_of(outcome, "detail");
  if (verdict != fate) text += " (" + verdict + ")";
  if (!reason.empty()) text += ": " + clean(reason);
  if (!code.empty()) text += ", vendor code " + clean(code);
  const auto next = time_of(outcome, "next_at");
  if (next != Time{}) text += ", again at " + story.at(next);
  story.line(indent + text);
  if (!detail.empty()) story.line(indent + "vendor says: " + clean(detail));
}

std::string state_text(const Story& story, const json& delivery) {
  const auto& style = story.view.style;
  const auto state = text_of(delivery, "state"), reason = text_of(delivery, "reason");
  const auto tries = number_of(delivery, "tries");
  std::string text = style.state(state);
  if (tries > 0) text += " after " + count_text(tries, "try", "tries");
  if (state == "retrying") {
    const auto next = time_of(delivery, "next_at");
    text += ", next " + due_text(next, story.view.now);
  }
  if (flag_of(delivery, "in_flight")) text += ", under way";
  if (flag_of(delivery, "paused")) text += ", " + style.warn("destination paused");
  if (!reason.empty()) text += ": " + clean(reason);
  if (reason == "synthetic") text += style.dim(" (made up, and this is the vendor, not a model)");
  const auto held = text_of(delivery, "held");
  if (!held.empty()) text += "; " + style.warn("destination held") + ": " + clean(held);
  return text;
}

void tell_delivery(Story& story, const json& delivery) {
  const auto& style = story.view.style;
  const auto route = text_of(delivery, "route");
  story.line("");
  story.line("  " + style.bold(clean(text_of(delivery, "destination"))) + "  " +
             clean(text_of(delivery, "action")) +
             (route.empty() ? "" : " by route " + clean(route)) + "  " +
             style.dim(text_of(delivery, "id")) +
             (text_of(delivery, "replay").empty()
                  ? ""
                  : ", " + style.warn("once more by replay ") + text_of(delivery, "replay")));
  const auto attempts = delivery.value("attempts", json::array());
  const auto notes = delivery.value("notes", json::array());
  const auto older = number_of(delivery, "attempts_left_out");
  if (older != 0)
    story.line("  ├─ " + count_text(older, "older try", "older tries") + " not shown");
  // Attempts and what people did, in the order of time.
  std::size_t a = 0, n = 0;
  while (a < attempts.size() || n < notes.size()) {
    const bool note_first =
        a == attempts.size() ||
        (n < notes.size() && time_of(notes[n], "at") < time_of(attempts[a], "began_at"));
    if (!note_first) {
      tell_attempt(story, "  ├─ ", "  │    ", attempts[a++]);
      continue;
    }
    const auto& note = notes[n++];
    const auto reason = text_of(note, "reason");
    auto what = text_of(note, "what");
    for (auto& c : what) c = c == '_' ? ' ' : c;
    story.line("  ├─ " + style.warn(what) + "  " + story.at(time_of(note, "at")) + " by " +
               clean(text_of(note, "actor")) + (reason.empty() ? "" : ": " + clean(reason)));
  }
  story.line("  └─ " + state_text(story, delivery));
}

}  // namespace

std::string render_tries(const json& attempts, Time begin, const View& view) {
  Story story{view, begin, {}};
  for (const auto& attempt : attempts) tell_attempt(story, "  ├─ ", "  │    ", attempt);
  return story.out;
}

std::string render_trace(const json& trace, const View& view) {
  const auto in = trace.value("received", json::object());
  Story story{view, time_of(in, "received_at"), {}};
  const auto source = text_of(in, "source"), type = text_of(in, "type");
  story.line(view.style.bold("Event " + text_of(trace, "id")) + "  " +
             clean(type.empty() ? "unread" : type) + " from source " +
             clean(source.empty() ? "(no longer configured)" : source) +
             (text_of(in, "message_id").empty()
                  ? ""
                  : ", message id " + clean(text_of(in, "message_id"))));
  tell_received(story, in);
  tell_webhook(story, trace);
  tell_decision(story, trace);
  for (const auto& delivery : trace.value("deliveries", json::array())) {
    tell_delivery(story, delivery);
  }
  const auto incomplete = text_of(trace, "incomplete");
  if (!incomplete.empty()) story.line("\n  " + view.style.warn(clean(incomplete)));
  return story.out;
}

}  // namespace tenon::cli
