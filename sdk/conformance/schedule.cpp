// Schedule: calls until each record has come to an end, the model between them.
#include "conformance/schedule.hpp"

#include <algorithm>
#include <set>

#include "conformance/batch.hpp"
#include "conformance/replies.hpp"

namespace tenon::conformance {

using testkit::CallIn;
using testkit::CallOut;
using testkit::Golden;
using testkit::OutcomeOut;
using testkit::RecordIn;
using testkit::ReplyIn;
using testkit::RequestOut;

namespace {

constexpr int kMostTries = 40;  // of one record
constexpr std::int64_t kPauseOfTries = 60'000;

bool is_over(std::uint32_t verdict) {
  return verdict == TENON_ACCEPTED || verdict == TENON_DUPLICATE || verdict == TENON_SKIPPED ||
         verdict == TENON_REJECTED;
}

}  // namespace

std::vector<Pool> pools(Subject& subject) {
  std::map<std::string, Pool> by_action;
  std::map<std::string, std::set<std::string>> seen;
  each_batch(subject, [&](const Golden& golden, const CallOut& whole) {
    Pool& pool = by_action[golden.call.action];
    if (pool.records.empty()) {
      pool.action = golden.call.action;
      pool.settings = golden.settings;
    }
    for (const std::uint32_t index : accepted(whole)) {
      const RecordIn& record = golden.call.records[index];
      if (!seen[pool.action].insert(record.body).second) continue;
      pool.records.push_back(record);
      pool.records.back().id = "evt_pool_" + std::to_string(pool.records.size());
    }
  });
  std::vector<Pool> all;
  for (auto& [action, pool] : by_action) {
    for (const auto& known : subject.facts().actions) {
      if (known.name == action) pool.readback = known.readback;
    }
    if (!pool.records.empty()) all.push_back(std::move(pool));
  }
  if (all.empty()) throw Skip{"no golden ends in an accepted record"};
  return all;
}

CallIn call_of(const Pool& pool, const std::vector<RecordIn>& records, std::int64_t now_ms) {
  CallIn call;
  call.action = pool.action;
  call.now_ms = now_ms;
  call.records = records;
  call.idempotency = "call";
  for (const RecordIn& record : records) call.idempotency += "-" + record.id;
  return call;
}

Schedule::Schedule(Subject& subject, const Pool& pool, std::uint64_t seed, Network network)
    : pool_(pool), random_(seed), seed_(seed), network_(network), host_(subject) {
  instance_ = subject.instance(pool.settings);
}

bool Schedule::deliver() {
  std::vector<RecordIn> left = pool_.records;
  while (!left.empty()) {
    const std::size_t size = 1 + batches_() % std::min<std::size_t>(left.size(), 3);
    if (!deliver_batch({left.begin(), left.begin() + static_cast<long>(size)})) return false;
    left.erase(left.begin(), left.begin() + static_cast<long>(size));
  }
  return true;
}

std::string Schedule::told(const std::string& record) const {
  return "action " + pool_.action + ", schedule " + std::to_string(seed_) + ", record " + record +
         ": ";
}

ReplyIn Schedule::answer(const RequestOut& request) {
  const std::uint64_t chance = network_ == Network::faulty ? random_() % 10 : 9;
  ReplyIn none;
  if (chance == 0) {
    none.got = TENON_GOT_NO_CONNECTION;
    return none;
  }
  if (request.effect == TENON_EFFECT_ONCE) safe_ = false;
  ReplyIn reply = host_.send(request);
  if (chance == 1 || chance == 2) {
    none.got = chance == 1 ? TENON_GOT_LOST : TENON_GOT_TIMEOUT;
    return none;
  }
  // The host resends by itself what the connector has called safe to repeat.
  if (chance == 3 && request.effect != TENON_EFFECT_ONCE) reply = host_.send(request);
  return reply;
}

bool Schedule::deliver_batch(std::vector<RecordIn> records) {
  std::string last;  // what the connector said of the record that is first now
  for (int tries = 0; !records.empty(); ++tries) {
    if (tries == kMostTries) {
      fail(told(records[0].id) + "wanted an end within " + std::to_string(kMostTries) +
           " tries, of which most are answered, found retry again: " + last);
    }
    safe_ = true;
    const std::string before = host_.holdings();
    const CallOut out =
        run_call(*instance_, call_of(pool_, records, host_.now_ms()),
                 [&](const RequestOut& request, std::uint32_t) { return answer(request); });
    host_.wait_ms(kPauseOfTries);
    if (const auto broken = out.violations(); !broken.empty()) {
      fail(told(records[0].id) + broken.front());
    }
    std::vector<RecordIn> again, alone;
    for (const OutcomeOut& outcome : out.outcomes) {
      const RecordIn& record = records[outcome.index];
      judge_end(record, outcome, records.size() == 1 && before != host_.holdings());
      if (is_over(outcome.verdict)) {
        ends_[record.id] = outcome.verdict;
        continue;
      }
      if (outcome.applied != TENON_APPLIED_NO && !safe_) return false;
      const bool isolated = outcome.verdict == TENON_ISOLATE && records.size() > 1;
      if (!isolated && again.empty()) last = outcome.detail;
      auto& list = isolated ? alone : again;
      list.push_back(record);
      ++list.back().attempt;
      if (outcome.applied != TENON_APPLIED_NO) list.back().flags |= TENON_RECORD_MAYBE_APPLIED;
      if (isolated) list.back().flags |= TENON_RECORD_ISOLATED;
    }
    // As the host does: what was told apart goes by itself, before the rest is tried again.
    for (const RecordIn& record : alone) {
      if (!deliver_batch({record})) return false;
    }
    records = std::move(again);
  }
  return true;
}

void Schedule::judge_end(const RecordIn& record, const OutcomeOut& outcome, bool changed) {
  const std::string verdict(testkit::verdict_name(outcome.verdict));
  const bool says_no = outcome.applied == TENON_APPLIED_NO && outcome.verdict != TENON_ACCEPTED &&
                       outcome.verdict != TENON_DUPLICATE;
  if (changed && says_no) {
    fail(told(record.id) + "wanted applied maybe or yes, since the vendor holds other things " +
         "than before the call, found " + verdict + " with applied no");
  }
  if (changed && outcome.verdict == TENON_SKIPPED) {
    fail(told(record.id) + "the vendor holds other things than before, and it is skipped");
  }
}

}  // namespace tenon::conformance
