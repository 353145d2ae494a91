// Cases about hosts of other minors: what this header does not know must not matter.
#include "conformance/case.hpp"

namespace tenon::conformance {
namespace {

using testkit::Bounds;
using testkit::CallOut;
using testkit::Golden;
using testkit::ReplyIn;

CallOut run_with(const testkit::Instance& instance, const Golden& golden, const Bounds& bounds,
                 const std::function<void(ReplyIn&)>& change = {}) {
  std::uint32_t at = 0;
  std::size_t index = 0;
  return testkit::run_call(
      instance, golden.call,
      [&](const testkit::RequestOut&, std::uint32_t step) {
        if (step != at) index = 0;
        at = step;
        ReplyIn reply = golden.reply_to(step, index++);
        if (change) change(reply);
        return reply;
      },
      bounds);
}

void same_under(Subject& subject, const Bounds& bounds, const std::string& what) {
  for (const Golden& golden : subject.goldens()) {
    const auto instance = subject.instance(golden.settings);
    if (run_with(*instance, golden, bounds) != run_with(*instance, golden, {})) {
      fail(golden.name + ": " + what);
    }
  }
}

void newer_host(Subject& subject) {
  Bounds bounds;
  bounds.newer_host = false;
  same_under(subject, bounds,
             "structs that are longer than the header knows gave other pushes; ask TENON_HAS, and "
             "never for an exact size");
}

void tails(Subject& subject) {
  for (const std::uint32_t longer : {8u, 64u, 1024u}) {
    for (const unsigned char poison : {'\0', '\x5a', '\xff'}) {
      Bounds bounds;
      bounds.longer_by = longer;
      bounds.poison = poison;
      same_under(subject, bounds,
                 "what lies behind the known end of a struct, " + std::to_string(longer) +
                     " bytes of " + std::to_string(poison) +
                     ", gave other pushes; reach elements "
                     "by TENON_AT, and read no further than `size`");
    }
  }
}

void odd_texts(Subject& subject) {
  Bounds bounds;
  bounds.odd_texts = true;
  same_under(subject, bounds,
             "texts at odd addresses, and empty ones with a pointer, gave other pushes; a text has "
             "no alignment");
}

void unknown_flags(Subject& subject) {
  for (const Golden& golden : subject.goldens()) {
    Golden flagged = golden;
    for (testkit::RecordIn& record : flagged.call.records) record.flags |= 0xfffffffcu;
    const auto instance = subject.instance(golden.settings);
    if (run_with(*instance, flagged, {}) != run_with(*instance, golden, {})) {
      fail(golden.name +
           ": wanted unknown flags of a record ignored, found other pushes; test the "
           "bits that you know, never the whole value");
    }
  }
}

void unknown_fate(Subject& subject) {
  const auto with = [](std::uint32_t got) {
    return [got](ReplyIn& reply) {
      reply = {};
      reply.got = got;
    };
  };
  for (const Golden& golden : subject.goldens()) {
    const auto instance = subject.instance(golden.settings);
    const CallOut lost = run_with(*instance, golden, {}, with(TENON_GOT_LOST));
    for (const std::uint32_t got : {0u, 6u, 4711u, 0xffffffffu}) {
      const CallOut out = run_with(*instance, golden, {}, with(got));
      const std::string told = golden.name + ", got " + std::to_string(got) + ": ";
      if (out.status() != lost.status()) {
        fail(told + "wanted " + std::string(testkit::status_name(lost.status())) +
             " as after a lost answer, found " + std::string(testkit::status_name(out.status())));
      }
      for (std::size_t i = 0; i < out.outcomes.size(); ++i) {
        const auto& mine = out.outcomes[i];
        const auto& wanted = lost.outcomes[i];
        if (mine.verdict == wanted.verdict && mine.applied == wanted.applied) continue;
        fail(told + "record " + std::to_string(i) +
             ": wanted verdict and applied as after a lost "
             "answer (" +
             std::string(testkit::verdict_name(wanted.verdict)) + ", " +
             std::to_string(wanted.applied) + "), found " +
             std::string(testkit::verdict_name(mine.verdict)) + ", " +
             std::to_string(mine.applied));
      }
    }
  }
}

}  // namespace

std::vector<Case> skew_cases() {
  const std::string matters = "hosts are updated before connectors, and theirs may be longer";
  return {
      {"skew.newer_host", "longer structs and strides of a newer host change nothing", newer_host,
       matters},
      {"skew.tails", "nor does what lies behind them", tails, matters},
      {"skew.odd_texts", "texts may lie anywhere, an empty one too", odd_texts,
       "texts are slices of larger buffers"},
      {"skew.unknown_flags", "unknown flags of a record are ignored", unknown_flags, matters},
      {"skew.unknown_fate", "an unknown fate of a request is a lost answer", unknown_fate,
       "what is not known may have been applied; a NO would send it twice"},
  };
}

}  // namespace tenon::conformance
