// Which one runs first, and on what.
#include "shadow/pair_run.hpp"

#include "async/when_all.hpp"
#include "manifest/settings.hpp"
#include "ports/captured_call_json.hpp"

namespace tenon::shadow {
namespace {

// when_all wants values that can be made of nothing.
struct Ran {
  Result<Replayed> result = Replayed();
};

Task<Ran> ran(ReleaseRun& release, const CapturedCall& call, const std::string& settings) {
  auto result = co_await release.run(call, settings, Replies::matched);
  Ran out;
  out.result = std::move(result);
  co_return out;
}

bool is_run(const CapturedCall& call, Tally& tally) {
  if (can_replay(call.op)) return true;
  tally.add_not_run("of the op " + std::string(op_word(call.op)) +
                    ", whose input is not in a recording");
  return false;
}

}  // namespace

Task<Result<void>> PairRun::captured(const CapturedCall& call, Tally& tally) {
  if (!is_run(call, tally)) co_return Result<void>();
  const auto settings_for = [&](const Manifest& manifest) {
    return with_defaults(manifest, call.settings, SettingsFor::connector);
  };
  const std::string own = settings_for(before_manifest_), newer = settings_for(after_manifest_);
  std::vector<Task<Ran>> both;
  both.push_back(ran(before_, call, own));
  both.push_back(ran(after_, call, newer));
  auto out = co_await when_all(std::move(both));
  for (auto& one : out) {
    if (!one.result) co_return std::move(one.result).error();
  }
  tally.add(call, *out[0].result, *out[1].result);
  co_return Result<void>();
}

Task<Result<void>> PairRun::scripted(const CapturedCall& golden, Owner owner, Tally& tally) {
  if (!is_run(golden, tally)) co_return Result<void>();
  ReleaseRun& first = owner == Owner::before ? before_ : after_;
  ReleaseRun& second = owner == Owner::before ? after_ : before_;
  auto own = co_await first.run(golden, golden.settings, Replies::in_turn);
  if (!own) co_return std::move(own).error();
  CapturedCall recording = golden;
  const bool recorded = own->failure.empty();
  if (recorded) recording.steps = own->steps;
  auto other = co_await second.run(recording, golden.settings,
                                   recorded ? Replies::matched : Replies::in_turn);
  if (!other) co_return std::move(other).error();
  const bool in_order = owner == Owner::before;
  tally.add(golden, in_order ? *own : *other, in_order ? *other : *own);
  co_return Result<void>();
}

Task<void> PairRun::close() {
  co_await before_.close();
  co_await after_.close();
}

}  // namespace tenon::shadow
