// The readback op: keys in, FOUND or ABSENT out.
#include "calls/read_back.hpp"

#include "base/limits.hpp"
#include "event/json.hpp"

namespace tenon {
namespace {

bool is_object(JsonParser& parser, std::string_view text) {
  const auto view = parser.parse(text, kMaxJsonDepth);
  return view && view->is(JsonKind::object);
}

Result<void> check_keys(const std::vector<ReadBackKey>& keys, const Action& action) {
  const std::size_t most = std::min<std::size_t>(action.batch.max_records, kMaxCallRecords);
  if (keys.empty() || keys.size() > most) {
    return invalid(
        "wanted 1 to " + std::to_string(most) + " keys, found " + std::to_string(keys.size()),
        "action " + action.name);
  }
  JsonParser parser;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    bytes += keys[i].record.size();
    if (!is_object(parser, keys[i].record)) {
      return invalid("wanted a JSON object", "key " + std::to_string(i));
    }
  }
  if (bytes > kMaxCallBytes) {
    return invalid("wanted keys of at most " + std::to_string(kMaxCallBytes) + " bytes, found " +
                   std::to_string(bytes));
  }
  return {};
}

}  // namespace

std::vector<ReadBackFound> read_emits(const std::vector<Emit>& emits, std::size_t keys,
                                      bool answered) {
  std::vector<ReadBackFound> out(keys);
  for (auto& one : out) one.detail = "the connector did not say";
  std::vector<bool> told(keys);
  JsonParser parser;
  for (const auto& emit : emits) {
    if (emit.index >= keys) continue;
    ReadBackFound& one = out[emit.index];
    const bool again = told[emit.index];
    told[emit.index] = true;
    const bool found = emit.kind == EmitKind::found;
    one = ReadBackFound();
    if (again) {
      one.detail = "the connector said more than one thing about it";
    } else if (!answered) {
      one.detail = "the connector spoke, but no answer of the vendor supports it";
    } else if (found && !is_object(parser, emit.body)) {
      one.detail = "the connector found it, but gave no JSON object";
    } else {
      one.state = found ? Presence::found : Presence::absent;
      if (found) one.vendor_ref = emit.id;
      if (found) one.record = emit.body;
    }
  }
  return out;
}

Task<Result<ReadBackReport>> read_back(CallDoors doors, std::shared_ptr<const CallTarget> target,
                                       std::string action, std::vector<ReadBackKey> keys) {
  const Action* known = target->manifest.action(action);
  const std::string place = "destination " + target->destination->name.value;
  if (known == nullptr) {
    co_return invalid(
        "wanted an action of " + target->manifest.release() + ", found \"" + action + "\"", place);
  }
  if (!can(target->manifest, "readback") || !known->readback) {
    co_return unsupported(
        "what \"" + action + "\" of " + target->manifest.release() + " writes cannot be read back",
        place);
  }
  const auto checked = check_keys(keys, *known);
  if (!checked) co_return Error(checked.error());
  Call call;
  call.op = Op::readback;
  call.action = action;
  std::string name = action;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    CallRecord record;
    record.id = "key_" + std::to_string(i);
    record.type = "key";
    record.body = std::move(keys[i].record);
    record.vendor_ref = std::move(keys[i].vendor_ref);
    name += '\0' + record.body;
    call.records.push_back(std::move(record));
  }
  call.seed = hash64(name);
  const auto within = std::min<milliseconds>(kMaxReadBack, target->manifest.call_deadline);
  CallRun run(doors, target, std::move(call), doors.clock.instant() + within, Lane::reconcile);
  const auto ended = co_await run.to_end();
  ReadBackReport report;
  report.failure = run.failure();
  const std::vector<Emit> none;
  report.keys = read_emits(ended ? ended->emits : none, run.call().records.size(), run.answered());
  report.notes = std::move(run.notes());
  co_return report;
}

}  // namespace tenon
