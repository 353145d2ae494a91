// Cases about batches: who else is in it does not change a record's own verdict.
#include "conformance/batch.hpp"

#include <algorithm>
#include <set>

#include "conformance/replies.hpp"

namespace tenon::conformance {

using testkit::CallIn;
using testkit::CallOut;
using testkit::Golden;
using testkit::ReplyIn;

namespace {

// The place in the script of the reply to a request that covers `of`; -1: there is none.
long reply_for(const CallOut& whole, std::size_t step, const std::set<std::uint32_t>& of,
               std::size_t index) {
  if (step >= whole.steps.size()) return -1;
  const auto& requests = whole.steps[step].requests;
  if (of.empty()) return index < requests.size() ? static_cast<long>(index) : -1;
  long larger = -1;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto theirs = covered(whole, step, i);
    if (theirs == of) return static_cast<long>(i);
    const bool all = std::includes(theirs.begin(), theirs.end(), of.begin(), of.end());
    if (all && larger < 0) larger = static_cast<long>(i);
  }
  return larger;
}

}  // namespace

CallOut run_batch(Subject& subject, const Golden& golden, const CallOut& whole,
                  const std::vector<Member>& members) {
  CallIn call = golden.call;
  call.records.clear();
  for (const Member& member : members) {
    call.records.push_back(golden.call.records[member.of]);
    if (!member.id.empty()) call.records.back().id = member.id;
  }
  const auto instance = subject.instance(golden.settings);
  std::uint32_t at = 0;
  std::size_t index = 0;
  return run_call(*instance, call, [&](const testkit::RequestOut& request, std::uint32_t step) {
    if (step != at) index = 0;
    at = step;
    std::set<std::uint32_t> of;
    for (const std::uint32_t one : request.covers) of.insert(members[one].of);
    const long found = reply_for(whole, step, of, index++);
    return golden.reply_to(step, found < 0 ? SIZE_MAX : static_cast<std::size_t>(found));
  });
}

void each_batch(Subject& subject, const VisitBatch& visit) {
  bool any = false;
  for (const Golden& golden : subject.goldens()) {
    if (golden.call.op != TENON_OP_DELIVER || golden.call.records.empty()) continue;
    any = true;
    visit(golden, run_golden(*subject.instance(golden.settings), golden));
  }
  if (!any) throw Skip{"no golden delivers"};
}

void same_verdict(const Golden& golden, const CallOut& whole, std::uint32_t of,
                  const CallOut& batch, std::uint32_t at, const std::string& when) {
  const std::uint32_t wanted = whole.outcomes[of].verdict, found = batch.outcomes[at].verdict;
  if (wanted == found) return;
  if (wanted == TENON_ISOLATE && batch.outcomes.size() < whole.outcomes.size()) return;
  if (found == TENON_ISOLATE && batch.outcomes.size() > whole.outcomes.size()) return;
  fail(golden.name + ": record " + std::to_string(of) + ": wanted " +
       std::string(testkit::verdict_name(wanted)) + " as in its own batch, found " +
       std::string(testkit::verdict_name(found)) + " " + when);
}

namespace {

std::vector<Member> members_of(std::uint32_t from, std::uint32_t to) {
  std::vector<Member> members;
  for (std::uint32_t i = from; i < to; ++i) members.push_back({i, ""});
  return members;
}

std::uint32_t size_of(const Golden& golden) {
  return static_cast<std::uint32_t>(golden.call.records.size());
}

void judge_batch(Subject& subject, const Golden& golden, const CallOut& whole,
                 const std::vector<Member>& members, const std::string& when) {
  const CallOut out = run_batch(subject, golden, whole, members);
  if (const auto broken = out.violations(); !broken.empty()) {
    fail(golden.name + " " + when + ": " + broken.front());
  }
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    if (members[i].id.empty()) same_verdict(golden, whole, members[i].of, out, i, when);
  }
}

// Do two records have the same value in the field of which the manifest allows each once? The host
// keeps such apart; which of the two a connector puts off is its own affair.
bool has_twins(Subject& subject, const Golden& golden) {
  for (const auto& action : subject.facts().actions) {
    const std::string unique = member_of(action.unique);
    if (action.name != golden.call.action || unique.empty()) continue;
    std::set<std::string> seen;
    for (const auto& record : golden.call.records) {
      const auto body = testkit::Json::parse(record.body, nullptr, false);
      if (!body.is_object() || !body.contains(unique)) continue;
      std::string value;
      for (const char c : body[unique].dump()) {
        if (c != ' ') value += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
      }
      if (!seen.insert(value).second) return true;
    }
  }
  return false;
}

void permute(Subject& subject) {
  each_batch(subject, [&](const Golden& golden, const CallOut& whole) {
    if (has_twins(subject, golden)) return;
    auto members = members_of(0, size_of(golden));
    std::reverse(members.begin(), members.end());
    judge_batch(subject, golden, whole, members, "in a batch of the other order");
    for (std::size_t i = 1; i < members.size(); ++i) {
      std::rotate(members.begin(), members.begin() + 1, members.end());
      judge_batch(subject, golden, whole, members, "in a batch of another order");
    }
  });
}

void split(Subject& subject) {
  each_batch(subject, [&](const Golden& golden, const CallOut& whole) {
    const std::uint32_t size = size_of(golden), half = size / 2;
    if (size < 4) return;
    judge_batch(subject, golden, whole, members_of(0, half), "in the first half of its batch");
    judge_batch(subject, golden, whole, members_of(half, size), "in the other half of its batch");
  });
}

void single(Subject& subject) {
  each_batch(subject, [&](const Golden& golden, const CallOut& whole) {
    for (std::uint32_t i = 0; i < size_of(golden); ++i) {
      const CallOut out = run_batch(subject, golden, whole, {{i, ""}});
      same_verdict(golden, whole, i, out, 0, "alone");
      if (out.outcomes[0].verdict == TENON_ISOLATE) {
        fail(golden.name + ": record " + std::to_string(i) +
             ": wanted a verdict of its own when it is alone, found isolate again");
      }
    }
  });
}

void duplicate(Subject& subject) {
  each_batch(subject, [&](const Golden& golden, const CallOut& whole) {
    for (std::uint32_t i = 0; i < size_of(golden); ++i) {
      auto members = members_of(0, size_of(golden));
      members.push_back({i, "evt_twin"});
      judge_batch(subject, golden, whole, members, "beside a second record of the same content");
    }
  });
}

}  // namespace

std::vector<Case> batch_cases() {
  return {
      {"batch.permute", "the order of a batch changes no verdict", permute,
       "which records meet in a batch, and in which order, is chance"},
      {"batch.split", "half of a batch ends as the whole did", split,
       "a batch is cut by limits that the connector does not know"},
      {"batch.single", "a record alone ends as it did in its batch", single,
       "the host sends singly what a batch could not tell, and believes what comes of it"},
      {"batch.duplicate", "a second record of the same content spoils nobody's verdict", duplicate,
       "users click twice"},
  };
}

}  // namespace tenon::conformance
