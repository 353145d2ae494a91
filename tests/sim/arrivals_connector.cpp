// Pages with checkpoints, events out of webhooks, and all that can go wrong with either.
#include "sim/arrivals_connector.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace tenon::sim {
namespace {

constexpr int kFails = 60, kDies = 30, kHangs = 15, kBehind = 80, kNoCheckpoint = 30;

StepResult failing(std::string why) {
  StepResult result;
  result.status = -2;
  result.explain = std::move(why);
  return result;
}

// Ids that end alike are of one user, so that they share a partition.
Emit event(const std::string& id) {
  Emit emit;
  emit.kind = EmitKind::record;
  emit.id = id;
  emit.type = "track";
  emit.body = R"({"event":"Came","userId":"u)" + id.substr(id.size() - 1) + R"("})";
  return emit;
}

}  // namespace

Manifest arrivals_manifest() {
  auto manifest = parse_manifest(
      "[connector]\nid = \"crm\"\nversion = \"1.0.0\"\ntitle = \"Crm\"\n"
      "summary = \"A simulated vendor.\"\nabi = \"1.0\"\n"
      "ops = [\"deliver\", \"pull\", \"webhook\"]\n"
      "[[endpoint]]\nname = \"api\"\nhost = \"crm.vendor.test\"\nmethods = [\"POST\"]\n"
      "[[slot]]\nname = \"token\"\nkind = \"header\"\nheader = \"Authorization\"\n"
      "required = true\nendpoints = [\"api\"]\n"
      "[[slot]]\nname = \"secret\"\nkind = \"signing\"\n"
      "[[action]]\nname = \"send\"\ntitle = \"Send\"\nrequired_fields = []\n"
      "optional_fields = []\nopen_fields = true\n"
      "[[stream]]\nname = \"contacts\"\ntitle = \"Contacts\"\ninterval_s = 5\n"
      "[[stream]]\nname = \"deals\"\ntitle = \"Deals\"\ninterval_s = 5\n"
      "[retry]\nfirst_ms = 500\nceiling_ms = 30000\n"
      "[webhook]\nscheme = \"path-secret/1\"\nslot = \"secret\"\n"
      "[webhook.reply]\nstatus = 200\n",
      "sim");
  if (!manifest) std::fprintf(stderr, "%s\n", manifest.error().text().c_str());
  TENON_ASSERT(manifest);
  return std::move(*manifest);
}

bool ArrivalsConnector::dice(int thousandths) {
  const bool hit = random_.below(1'000) < static_cast<std::uint64_t>(thousandths);
  return faults_ && hit;
}

Task<Result<InstanceId>> ArrivalsConnector::open(ReleaseId, std::string) {
  const Instant at = clock_.instant() + milliseconds{5};
  co_await clock_.sleep_until(at);
  if (dice(kDies)) co_return unavailable("the worker did not start");
  const InstanceId id(++last_);
  open_.insert(id);
  co_return id;
}

Task<Result<StepResult>> ArrivalsConnector::step(InstanceId instance, Call call, Instant deadline) {
  if (!open_.contains(instance)) co_return not_found("the instance is gone");
  const bool poison = call.inbound && call.inbound->body.starts_with("kill ") && !vendor_.mended;
  const bool kills = dice(kDies) || poison;
  const bool hangs = !kills && dice(kHangs);
  const Instant done = clock_.instant() + milliseconds{1 + random_.below(dice(100) ? 2'000 : 10)};
  deadline = std::min(deadline, clock_.instant() + kStepWall);
  co_await clock_.sleep_until(hangs ? deadline : std::min(done, deadline));
  if (!open_.contains(instance)) co_return not_found("the instance is gone");
  if (kills || hangs) {
    open_.erase(instance);
    if (kills) co_return unavailable("the worker died");
    co_return timed_out("the worker was killed at the deadline");
  }
  co_return call.op == Op::pull ? pull(call) : webhook(call);
}

// The cursor is the number of the next record.
StepResult ArrivalsConnector::pull(const Call& call) {
  if (dice(kFails)) return failing("the vendor does not answer");
  const auto& all = vendor_.streams.at(call.stream);
  const std::size_t from = call.cursor.empty() ? 0 : std::stoul(call.cursor);
  TENON_ASSERT(from <= all.size());
  const std::size_t to = std::min<std::size_t>(all.size(), from + 1 + random_.below(7));
  StepResult result;
  for (std::size_t i = from; i < to; ++i) result.emits.push_back(event(all[i]));
  if (dice(kNoCheckpoint)) return result;
  result.checkpointed = true;
  result.emits_covered = static_cast<std::uint32_t>(result.emits.size());
  result.cursor = std::to_string(to);
  result.more = to < all.size();
  // What lies behind the checkpoint must not be taken: it comes again.
  if (result.more && dice(kBehind)) result.emits.push_back(event(all[to]));
  return result;
}

StepResult ArrivalsConnector::webhook(const Call& call) {
  std::string body = call.inbound->body;
  for (const std::string& word : {std::string("bad "), std::string("kill ")}) {
    if (!body.starts_with(word)) continue;
    if (!vendor_.mended) return failing("not readable");
    body.erase(0, word.size());
  }
  StepResult result;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find(' ', at), body.size());
    result.emits.push_back(event(body.substr(at, end - at)));
    at = end + 1;
  }
  result.replied = dice(500);
  result.reply_status = result.replied ? 202 : 0;
  return result;
}

Task<void> ArrivalsConnector::close(InstanceId instance) {
  open_.erase(instance);
  co_return;
}

}  // namespace tenon::sim
