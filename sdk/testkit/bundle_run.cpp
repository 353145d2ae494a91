// Running a bundle, and telling it step by step.
#include <algorithm>
#include <optional>

#include "testkit/bundle.hpp"
#include "testkit/diff.hpp"
#include "testkit/json_text.hpp"

namespace tenon::testkit {
namespace {

constexpr std::size_t kShownBody = 400, kShownRecords = 20;

// For a terminal: what it could obey is a dot.
std::string for_eyes(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : text.substr(0, most)) {
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '.' : c;
  }
  if (text.size() > most) out += "... (" + std::to_string(text.size()) + " bytes)";
  return out;
}

void tell_request(const RequestOut& request, std::ostream& out) {
  out << "  -> " << for_eyes(request.method, 20) << " " << for_eyes(request.endpoint, 60) << ": "
      << for_eyes(request.path.empty() ? "(base path)" : request.path, 200) << "\n";
  if (!request.body.empty()) out << "     " << for_eyes(request.body, kShownBody) << "\n";
}

void tell_reply(const ReplyIn& reply, std::ostream& out) {
  out << "  <- " << got_name(reply.got);
  if (reply.got == TENON_GOT_HTTP) out << " " << reply.status;
  out << "\n";
  if (!reply.body.empty()) out << "     " << for_eyes(reply.body, kShownBody) << "\n";
}

void tell_said(const StepOut& step, std::ostream& out) {
  if (step.status != TENON_OK) {
    out << "  said: " << status_name(step.status) << ": " << for_eyes(step.explain, 300) << "\n";
  }
  std::size_t shown = 0;
  for (const OutcomeOut& outcome : step.outcomes) {
    if (++shown > kShownRecords) {
      out << "  ... and " << step.outcomes.size() - kShownRecords << " more outcomes\n";
      break;
    }
    out << "  record " << outcome.index << ": " << verdict_name(outcome.verdict);
    if (!outcome.vendor_code.empty()) out << " " << for_eyes(outcome.vendor_code, 80);
    if (!outcome.detail.empty()) out << ": " << for_eyes(outcome.detail, 200);
    out << "\n";
  }
  for (const std::string& violation : step.violations) {
    out << "  breaks the contract: " << for_eyes(violation, 300) << "\n";
  }
}

// What counts: not logs, hints or violations, which are not recorded.
Json judged(const StepOut& step) {
  Json out = Json::object();
  out["status"] = status_name(step.status);
  if (!step.explain.empty()) out["explain"] = step.explain;
  out["suspended"] = step.suspended;
  if (step.delay_ms != 0) out["delay_ms"] = step.delay_ms;
  out["requests"] = Json::array();
  for (const RequestOut& request : step.requests) out["requests"].push_back(to_json(request));
  out["outcomes"] = Json::array();
  for (const OutcomeOut& outcome : step.outcomes) {
    Json one = {{"record", outcome.index}};
    one.update(to_json(outcome));
    out["outcomes"].push_back(std::move(one));
  }
  return out;
}

// The recorded reply to each request: of the same place where that is the same request, else of the
// first unused one with its endpoint, method, path and records.
std::optional<std::vector<ReplyIn>> replies_for(const std::vector<RequestOut>& requests,
                                                const Bundle::Step& recorded,
                                                std::size_t& without) {
  std::vector<ReplyIn> out;
  std::vector<bool> used(recorded.replies.size());
  const auto alike = [](const RequestOut& a, const RequestOut& b) {
    return a.endpoint == b.endpoint && a.method == b.method && a.path == b.path &&
           a.covers == b.covers;
  };
  for (std::size_t i = 0; i < requests.size(); ++i) {
    std::size_t found = recorded.replies.size();
    if (i < used.size() && !used[i] && alike(requests[i], recorded.said.requests[i])) found = i;
    for (std::size_t k = 0; k < used.size() && found == recorded.replies.size(); ++k) {
      if (!used[k] && alike(requests[i], recorded.said.requests[k])) found = k;
    }
    if (found == recorded.replies.size()) {
      without = i;
      return std::nullopt;
    }
    used[found] = true;
    out.push_back(recorded.replies[found]);
    out.back().tag = requests[i].tag;
  }
  return out;
}

// Runs one step and tells it; what it said is in `said`. False: it differs.
bool run_step(const Instance& instance, const CallIn& call, const Bundle& bundle, StepOut& said,
              std::ostream& out) {
  const Bundle::Step& recorded = bundle.steps[call.step];
  const bool last = call.step + 1 == bundle.steps.size();
  out << "step " << call.step << "\n";
  if (last && bundle.ended_in_worker()) {
    out << "  here the recorded worker ended (" << for_eyes(bundle.failure, 40) << ": "
        << for_eyes(bundle.failure_text, 200) << ")\n";
  }
  out << std::flush;  // a step may be the end of this process
  Bounds bounds;
  bounds.newer_host = false;  // as the host that recorded it
  said = instance.step(call, bounds);
  tell_said(said, out);
  if (last && bundle.ended_in_worker()) {
    out << "  differs: recorded was the worker's end, and here the step came to its own\n";
    return false;
  }
  Differences differences;
  compare(judged(recorded.said), judged(said), "", differences);
  if (differences.empty()) return true;
  out << "  differs from the recording:\n" << shown(differences) << "\n";
  return false;
}

}  // namespace

bool run_bundle(const Instance& instance, const Bundle& bundle, std::ostream& out) {
  CallIn call = bundle.call;
  bool same = true;
  while (call.step < bundle.steps.size()) {
    const Bundle::Step& recorded = bundle.steps[call.step];
    call.now_ms = recorded.now_ms;
    call.idempotency = recorded.idempotency;
    StepOut said;
    same = run_step(instance, call, bundle, said, out) && same;
    if (said.status != TENON_OK || !said.suspended) break;
    if (recorded.replies.empty()) {
      out << "  the recording ends here: the host went no further (" << bundle.failure << ")\n";
      return same;
    }
    std::size_t without = 0;
    auto replies = replies_for(said.requests, recorded, without);
    if (!replies) {
      tell_request(said.requests[without], out);
      out << "  no reply was recorded for this request, so that the run ends here\n";
      return false;
    }
    for (std::size_t i = 0; i < replies->size(); ++i) {
      tell_request(said.requests[i], out);
      tell_reply((*replies)[i], out);
    }
    call.replies = std::move(*replies);
    call.state = said.state;
    ++call.step;
    if (call.step == bundle.steps.size()) {
      out << "  differs: the recorded call had ended, and this one goes on\n";
      return false;
    }
  }
  if (call.step + 1 < bundle.steps.size()) {
    out << "  differs: the recorded call went on for " << bundle.steps.size() - call.step - 1
        << " more steps\n";
    return false;
  }
  return same;
}

}  // namespace tenon::testkit
