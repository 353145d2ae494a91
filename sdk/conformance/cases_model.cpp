// Cases against a model of the vendor: what the vendor holds in the end is what was delivered.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "conformance/schedule.hpp"

namespace tenon::conformance {
namespace {

using testkit::CallIn;
using testkit::CallOut;
using testkit::Golden;
using testkit::RecordIn;
using testkit::ReplyIn;
using testkit::RequestOut;

constexpr int kSchedules = 150;
constexpr int kMostPages = 50;
constexpr std::int64_t kPause = 60'000;

// What the vendor says of the records now: index -> found.
std::map<std::uint32_t, bool> read_back(Subject& subject, const Pool& pool, ModelHost& host) {
  CallIn call = call_of(pool, pool.records, host.now_ms());
  call.op = TENON_OP_READBACK;
  const CallOut out =
      run_call(*subject.instance(pool.settings), call,
               [&](const RequestOut& request, std::uint32_t) { return host.send(request); });
  std::map<std::uint32_t, bool> told;
  for (const auto& step : out.steps) {
    for (const auto& emit : step.emits) told[emit.index] = emit.kind == TENON_EMIT_FOUND;
  }
  return told;
}

void lost_replies(Subject& subject) {
  for (const Pool& pool : pools(subject)) {
    Schedule quiet(subject, pool, 0, Schedule::Network::quiet);
    quiet.deliver();
    for (int i = 1; i <= kSchedules; ++i) {
      const std::uint64_t seed = subject.seed() * 1'000'000 + static_cast<std::uint64_t>(i);
      Schedule schedule(subject, pool, seed, Schedule::Network::faulty);
      if (!schedule.deliver()) continue;
      const std::string told =
          "action " + pool.action + ", schedule " + std::to_string(seed) + ": ";
      if (schedule.host().holdings() != quiet.host().holdings()) {
        fail(told + "wanted the vendor to hold what it holds without lost and doubled answers, " +
             "found\n    without  " + quiet.host().holdings().substr(0, 600) + "\n    with     " +
             schedule.host().holdings().substr(0, 600));
      }
      if (!pool.readback) continue;
      const auto found = read_back(subject, pool, schedule.host());
      for (std::uint32_t index = 0; index < pool.records.size(); ++index) {
        const auto end = schedule.ends().find(pool.records[index].id);
        if (end == schedule.ends().end() || end->second != TENON_ACCEPTED) continue;
        const auto one = found.find(index);
        if (one == found.end() || !one->second) {
          fail(told + "record " + pool.records[index].id +
               ": wanted what was accepted found by readback, found it " +
               (one == found.end() ? "not told of" : "absent"));
        }
      }
    }
  }
}

// ---- Repeats, batches, pages -------------------------------------------------------------------

void replayed(Subject& subject) {
  for (const Pool& pool : pools(subject)) {
    ModelHost host(subject);
    const auto instance = subject.instance(pool.settings);
    run_call(*instance, call_of(pool, pool.records, host.now_ms()),
             [&](const RequestOut& request, std::uint32_t step) {
               const std::string told = "action " + pool.action + ", step " + std::to_string(step) +
                                        ", " + request.method + " " + request.path + ": ";
               const std::string before = host.holdings();
               ReplyIn reply = host.send(request);
               const std::string once = host.holdings();
               if (request.effect == TENON_EFFECT_READ && once != before) {
                 fail(told + "is called READ, and the vendor holds other things after it");
               }
               if (request.effect == TENON_EFFECT_ONCE) return reply;
               host.send(request);
               if (host.holdings() != once) {
                 fail(told + "is called safe to repeat, and the vendor holds other things after " +
                      "the second\n    once   " + once.substr(0, 600) + "\n    twice  " +
                      host.holdings().substr(0, 600));
               }
               return reply;
             });
  }
}

CallOut delivered(Subject& subject, const Pool& pool, const std::vector<RecordIn>& records) {
  ModelHost host(subject);
  return run_call(*subject.instance(pool.settings), call_of(pool, records, host.now_ms()),
                  [&](const RequestOut& request, std::uint32_t) { return host.send(request); });
}

void batch_laws(Subject& subject) {
  std::mt19937_64 random(subject.seed());
  for (const Pool& pool : pools(subject)) {
    std::map<std::string, std::uint32_t> alone;
    for (const RecordIn& record : pool.records) {
      alone[record.id] = delivered(subject, pool, {record}).outcomes[0].verdict;
    }
    std::vector<RecordIn> batch = pool.records;
    std::uint32_t most = 1;
    for (const auto& action : subject.facts().actions) {
      if (action.name == pool.action) most = action.max_records;
    }
    for (int round = 0; round < 20; ++round) {
      const std::size_t size = std::min<std::size_t>(batch.size(), most);
      const std::vector<RecordIn> some(batch.begin(), batch.begin() + static_cast<long>(size));
      const CallOut out = delivered(subject, pool, some);
      for (std::size_t i = 0; i < some.size(); ++i) {
        const std::uint32_t found = out.outcomes[i].verdict, wanted = alone[some[i].id];
        // One of the batch may be refused for what another has; and two of one key are no fault.
        if (found == wanted || found == TENON_ISOLATE || found == TENON_RETRY) continue;
        fail("action " + pool.action + ": record " + some[i].id + " in a batch of " +
             std::to_string(some.size()) + ": wanted " +
             std::string(testkit::verdict_name(wanted)) + " as alone, found " +
             std::string(testkit::verdict_name(found)) + "; its content: " + some[i].body);
      }
      std::shuffle(batch.begin(), batch.end(), random);
    }
  }
}

struct Pages {
  std::vector<std::string> ids, cursors;
};

// Every page from a cursor on.
Pages pages_from(Subject& subject, const Golden& golden, ModelHost& host, std::string cursor) {
  Pages pages;
  const auto instance = subject.instance(golden.settings);
  for (int page = 0; page < kMostPages; ++page) {
    CallIn call = golden.call;
    call.cursor = cursor;
    call.now_ms = host.now_ms();
    const CallOut out = run_call(*instance, call, [&](const RequestOut& request, std::uint32_t) {
      return host.send(request);
    });
    if (out.status() != TENON_OK) {
      fail("stream " + golden.call.stream + ", from \"" + cursor + "\": wanted ok, found " +
           out.steps.back().explain);
    }
    bool more = false;
    for (const auto& step : out.steps) {
      for (const auto& emit : step.emits) pages.ids.push_back(emit.id);
      for (const auto& checkpoint : step.checkpoints) {
        cursor = checkpoint.cursor;
        pages.cursors.push_back(cursor);
        more = checkpoint.more;
      }
    }
    host.wait_ms(kPause);
    if (!more) return pages;
  }
  fail("stream " + golden.call.stream + ": wanted an end within " + std::to_string(kMostPages) +
       " pages, found more");
  return pages;
}

void pulled(Subject& subject) {
  if ((subject.facts().ops & TENON_OP_PULL) == 0) throw Skip{"the manifest has no op pull"};
  ModelHost host(subject);
  for (const Pool& pool : pools(subject)) {
    run_call(*subject.instance(pool.settings), call_of(pool, pool.records, host.now_ms()),
             [&](const RequestOut& request, std::uint32_t) { return host.send(request); });
    host.wait_ms(kPause);
  }
  host.wait_ms(60 * kPause);
  std::set<std::string> streams;
  for (const Golden& golden : subject.goldens()) {
    if (golden.call.op != TENON_OP_PULL || !streams.insert(golden.call.stream).second) continue;
    const Pages all = pages_from(subject, golden, host, "");
    const std::set<std::string> ids(all.ids.begin(), all.ids.end());
    const std::string told = "stream " + golden.call.stream + ": ";
    if (all.ids.empty()) fail(told + "wanted what was delivered before, found no record");
    if (ids.size() != all.ids.size()) fail(told + "wanted each record once, found one twice");
    for (const std::string& cursor : all.cursors) {
      const Pages rest = pages_from(subject, golden, host, cursor);
      const bool tail = rest.ids.size() <= all.ids.size() &&
                        std::equal(rest.ids.begin(), rest.ids.end(),
                                   all.ids.end() - static_cast<long>(rest.ids.size()));
      if (!tail)
        fail(told + "from its checkpoint \"" + cursor + "\": wanted the rest, found others");
    }
    if (!pages_from(subject, golden, host, all.cursors.back()).ids.empty()) {
      fail(told + "wanted nothing behind the last checkpoint, found records again");
    }
  }
}

}  // namespace

std::vector<Case> model_cases() {
  return {
      {"model.lost_replies", "with answers lost and doubled the vendor ends up with the same",
       lost_replies, "networks lose answers every day; a record would be lost or written twice"},
      {"model.replayed", "requests called safe to repeat are", replayed,
       "the host sends them again by itself"},
      {"model.batch_laws", "in any batch a record ends as it does alone", batch_laws,
       "which records meet in a batch is chance"},
      {"model.pull", "what was delivered is pulled, once, from any checkpoint", pulled,
       "changes would be missed, or come again and again"},
  };
}

}  // namespace tenon::conformance
