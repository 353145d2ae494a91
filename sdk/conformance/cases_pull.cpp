// Cases about pull: what comes has a name of its own, and each checkpoint is a place to go on from.
#include <limits>
#include <set>

#include "conformance/fuzz.hpp"
#include "conformance/replies.hpp"

namespace tenon::conformance {
namespace {

using testkit::CallIn;
using testkit::CallOut;
using testkit::Golden;
using testkit::Json;
using testkit::ReplyIn;
using testkit::StepOut;

constexpr int kStrangeCursors = 300;

// Goldens of pull with how they end; skips if the connector has none.
using VisitPull = std::function<void(const Golden&, const CallOut&)>;
void each_pull(Subject& subject, const VisitPull& visit) {
  if ((subject.facts().ops & TENON_OP_PULL) == 0) throw Skip{"the manifest has no op pull"};
  bool any = false;
  for (const Golden& golden : subject.goldens()) {
    if (golden.call.op != TENON_OP_PULL) continue;
    any = true;
    visit(golden, run_golden(*subject.instance(golden.settings), golden));
  }
  if (!any) fail("wanted a golden of op pull beside the manifest's, found none");
}

std::vector<std::string> cursors_of(const CallOut& out) {
  std::vector<std::string> cursors;
  for (const StepOut& step : out.steps) {
    for (const auto& checkpoint : step.checkpoints) cursors.push_back(checkpoint.cursor);
  }
  return cursors;
}

std::size_t emits_of(const CallOut& out) {
  std::size_t count = 0;
  for (const StepOut& step : out.steps) count += step.emits.size();
  return count;
}

void unknown_stream(Subject& subject) {
  if ((subject.facts().ops & TENON_OP_PULL) == 0) throw Skip{"the manifest has no op pull"};
  const auto instance = subject.instance(subject.settings());
  for (const char* stream : {"", "no_such_stream", "../items", "\xff"}) {
    CallIn call;
    call.op = TENON_OP_PULL;
    call.stream = stream;
    const StepOut out = instance->step(call);
    const std::string told = "stream \"" + std::string(stream) + "\": ";
    if (out.status != TENON_E_UNSUPPORTED) {
      fail(told + "wanted unsupported, found " + std::string(testkit::status_name(out.status)));
    }
    if (!out.violations.empty()) fail(told + out.violations.front());
  }
}

void records(Subject& subject) {
  each_pull(subject, [](const Golden& golden, const CallOut& out) {
    std::set<std::string> ids;
    for (const StepOut& step : out.steps) {
      for (const auto& emit : step.emits) {
        const std::string told = golden.name + ", record " + emit.id + ": ";
        if (!ids.insert(emit.id).second) {
          fail(told + "wanted an id that no other record of the page has, found it twice");
        }
        if (!Json::parse(emit.body, nullptr, false).is_object()) {
          fail(told + "body: wanted a JSON object, found " + emit.body.substr(0, 80));
        }
        if (emit.event_ms < 0) {
          fail(told + "event_ms: wanted Unix time or 0, found " + std::to_string(emit.event_ms));
        }
      }
    }
    if (out.status() == TENON_OK && cursors_of(out).empty()) {
      fail(golden.name + ": wanted a checkpoint at the end, found none");
    }
  });
}

void strange_cursor(Subject& subject) {
  Random random(subject.seed());
  each_pull(subject, [&](const Golden& golden, const CallOut&) {
    const auto instance = subject.instance(golden.settings);
    std::vector<std::string> cursors{"x",
                                     "-1",
                                     "{}",
                                     "null",
                                     "99999999999999999999999",
                                     "\xff\xfe",
                                     std::string(TENON_MAX_CURSOR_BYTES, '9'),
                                     std::string(3, '\0'),
                                     golden.call.cursor + "x"};
    for (int i = 0; i < kStrangeCursors; ++i) {
      cursors.push_back(i % 2 == 0 ? noise(random, 40) : mutated(golden.call.cursor, random));
    }
    for (const std::string& cursor : cursors) {
      CallIn call = golden.call;
      call.cursor = cursor.substr(0, TENON_MAX_CURSOR_BYTES);
      const StepOut out = instance->step(call);
      if (!out.violations.empty()) {
        fail(golden.name + ", cursor \"" + cursor.substr(0, 60) + "\": " + out.violations.front());
      }
    }
  });
}

// What step 0 asks for with that cursor.
StepOut asked_from(Subject& subject, const Golden& golden, const std::string& cursor) {
  CallIn call = golden.call;
  call.cursor = cursor;
  return subject.instance(golden.settings)->step(call);
}

// The clock stands before the cursor, as after a backup or on a machine with a wrong time.
void future_cursor(Subject& subject) {
  const Golden* nothing = nullptr;
  each_pull(subject, [&](const Golden& golden, const CallOut& out) {
    if (out.status() == TENON_OK && emits_of(out) == 0 && !cursors_of(out).empty()) {
      nothing = &golden;
    }
  });
  if (nothing == nullptr) throw Skip{"no golden of pull in which nothing is new"};
  Golden early = *nothing;
  early.call.cursor = cursors_of(run_golden(*subject.instance(nothing->settings), *nothing)).back();
  const std::string place = early.call.cursor;
  early.call.now_ms = 1;
  const CallOut out = run_golden(*subject.instance(early.settings), early);
  const std::string told = early.name + ", with the cursor " + place + " in the future: ";
  if (const auto broken = out.violations(); !broken.empty()) fail(told + broken.front());
  if (out.status() != TENON_OK) return;  // refused, and so nothing moves
  if (emits_of(out) != 0) fail(told + "wanted no records, found some");
  for (const std::string& cursor : cursors_of(out)) {
    if (cursor == place ||
        asked_from(subject, *nothing, cursor) == asked_from(subject, *nothing, place)) {
      continue;
    }
    fail(told + "wanted the place kept, found a checkpoint at \"" + cursor + "\"");
  }
}

void resume(Subject& subject) {
  each_pull(subject, [&](const Golden& golden, const CallOut& out) {
    for (const std::string& cursor : cursors_of(out)) {
      const StepOut next = asked_from(subject, golden, cursor);
      const std::string told = golden.name + ", from its own checkpoint \"" + cursor + "\": ";
      if (!next.violations.empty()) fail(told + next.violations.front());
      if (next.status != TENON_OK) {
        fail(told + "wanted a request for what comes next, found " +
             std::string(testkit::status_name(next.status)) + ": " + next.explain);
      }
    }
  });
}

void nothing_from_failure(Subject& subject) {
  each_pull(subject, [&](const Golden& golden, const CallOut&) {
    for (std::size_t s = 0; s < golden.steps.size(); ++s) {
      for (std::size_t i = 0; i < golden.steps[s].size(); ++i) {
        if (!is_yes(golden.steps[s][i].reply)) continue;
        for (const Corruption& corruption : corruptions()) {
          if (corruption.of_body && !golden.body_ignored.empty()) continue;
          const CallOut out = run_changed(subject, golden, s, i, corruption.apply);
          const std::string told = golden.name + ": its reply became " + corruption.name + ": ";
          if (out.status() != TENON_OK) continue;  // its emits are dropped
          if (emits_of(out) != 0) fail(told + "wanted no records out of it, found some");
          for (const std::string& cursor : cursors_of(out)) {
            if (cursor == golden.call.cursor) continue;
            fail(told + "wanted the place kept, found a checkpoint at \"" + cursor + "\"");
          }
        }
      }
    }
  });
}

}  // namespace

std::vector<Case> pull_cases() {
  return {
      {"call.unknown_stream", "an unknown stream is refused cleanly", unknown_stream,
       "a workspace may name a stream that this release no longer has"},
      {"pull.records", "each record is an object with an id of its own", records,
       "the second of one id is dropped as a repeat"},
      {"pull.strange_cursor", "cursors of any bytes do no harm", strange_cursor,
       "a cursor may come from another release"},
      {"pull.future_cursor", "a cursor in the future brings nothing and keeps its place",
       future_cursor, "a clock that was set back would have everything read again"},
      {"pull.resume", "a pull goes on from each of its checkpoints", resume,
       "the stream would stand still for ever, at a place that its connector wrote itself"},
      {"pull.nothing_from_failure", "a page that failed moves no cursor", nothing_from_failure,
       "what stood in the page would never be read"},
  };
}

}  // namespace tenon::conformance
