// Replies made worse: the ways in which a yes stops being one.
#include "conformance/replies.hpp"

namespace tenon::conformance {

using testkit::CallOut;
using testkit::Golden;
using testkit::Json;
using testkit::ReplyIn;

bool is_yes(const ReplyIn& reply) {
  return reply.got == TENON_GOT_HTTP && reply.status >= 200 && reply.status < 300;
}

std::set<std::uint32_t> accepted(const CallOut& out) {
  std::set<std::uint32_t> indexes;
  for (const testkit::OutcomeOut& outcome : out.outcomes) {
    if (outcome.verdict == TENON_ACCEPTED || outcome.verdict == TENON_DUPLICATE) {
      indexes.insert(outcome.index);
    }
  }
  return indexes;
}

std::set<std::uint32_t> covered(const CallOut& out, std::size_t step, std::size_t index) {
  if (step >= out.steps.size() || index >= out.steps[step].requests.size()) return {};
  const auto& covers = out.steps[step].requests[index].covers;
  return {covers.begin(), covers.end()};
}

std::set<std::uint32_t> covered(const CallOut& out) {
  std::set<std::uint32_t> all;
  for (std::size_t s = 0; s < out.steps.size(); ++s) {
    for (std::size_t i = 0; i < out.steps[s].requests.size(); ++i) all.merge(covered(out, s, i));
  }
  return all;
}

CallOut run_changed(Subject& subject, const Golden& golden, std::size_t step, std::size_t index,
                    const std::function<void(ReplyIn&)>& change) {
  const auto instance = subject.instance(golden.settings);
  return run_golden(*instance, golden, [&](std::size_t s, std::size_t i, ReplyIn& reply) {
    if (s == step && i == index) change(reply);
  });
}

void each_success(Subject& subject, const Visit& visit) {
  for (const Golden& golden : subject.goldens()) {
    const auto instance = subject.instance(golden.settings);
    const CallOut out = run_golden(*instance, golden);
    for (std::size_t s = 0; s < golden.steps.size(); ++s) {
      for (std::size_t i = 0; i < golden.steps[s].size(); ++i) {
        if (is_yes(golden.steps[s][i].reply)) visit(golden, out, s, i);
      }
    }
  }
}

namespace {

void each_list_below(const Json& body, const VisitList& visit, const Json::json_pointer& place,
                     const std::string& name) {
  if (body.is_array() && !body.empty() && body[0].is_object()) visit(place, name, body.size());
  if (!body.is_object()) return;
  for (const auto& [own, value] : body.items()) each_list_below(value, visit, place / own, own);
}

void no_answer(ReplyIn& reply, std::uint32_t got) {
  reply.got = got;
  reply.status = 0;
  reply.headers.clear();
  reply.body.clear();
}

}  // namespace

void each_list(const Json& body, const VisitList& visit) {
  each_list_below(body, visit, Json::json_pointer(), "the body");
}

const std::vector<Corruption>& corruptions() {
  static const std::vector<Corruption> all{
      {"status 500", false, [](ReplyIn& reply) { reply.status = 500; }},
      {"status 400", false, [](ReplyIn& reply) { reply.status = 400; }},
      {"status 302", false, [](ReplyIn& reply) { reply.status = 302; }},
      {"status 429", false, [](ReplyIn& reply) { reply.status = 429; }},
      {"status 0", false, [](ReplyIn& reply) { reply.status = 0; }},
      {"a timeout", false, [](ReplyIn& reply) { no_answer(reply, TENON_GOT_TIMEOUT); }},
      {"a lost answer", false, [](ReplyIn& reply) { no_answer(reply, TENON_GOT_LOST); }},
      {"no connection", false, [](ReplyIn& reply) { no_answer(reply, TENON_GOT_NO_CONNECTION); }},
      {"an unknown fate", false, [](ReplyIn& reply) { reply.got = 4711; }},
      {"a web page", true,
       [](ReplyIn& reply) {
         reply.headers = {{"content-type", "text/html"}};
         reply.body = "<!doctype html><html><body>Sign in</body></html>";
       }},
      {"an empty body", true, [](ReplyIn& reply) { reply.body.clear(); }},
      {"an empty object", true, [](ReplyIn& reply) { reply.body = "{}"; }},
      {"half a body", true, [](ReplyIn& reply) { reply.body.resize(reply.body.size() / 2); }},
      {"a body without its last byte", true,
       [](ReplyIn& reply) { reply.body.resize(reply.body.empty() ? 0 : reply.body.size() - 1); }},
      {"null", true, [](ReplyIn& reply) { reply.body = "null"; }},
  };
  return all;
}

const std::vector<std::string>& errors_inside() {
  static const std::vector<std::string> all{
      R"({"error":"internal error"})",
      R"({"error":{"code":500,"message":"internal error"}})",
      R"({"errors":[{"message":"internal error"}]})",
      R"({"ok":false,"error":"rate_limited"})",
      R"({"success":false,"message":"try later"})",
      R"({"status":"error","message":"internal error"})",
      R"({"data":null,"errors":[{"message":"internal error"}]})",
  };
  return all;
}

}  // namespace tenon::conformance
