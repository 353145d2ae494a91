// Loading a batch: from places in the log to mapped records, and the names a batch has.
#include <set>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "delivery/attempt.hpp"
#include "domain/routing/route.hpp"
#include "event/event.hpp"

namespace tenon::delivery {
namespace {

DeliveryOutcome unmappable(const Pick& pick, std::string reason, std::string detail) {
  DeliveryOutcome out;
  out.delivery = pick.ref;
  out.verdict = Verdict::rejected;
  out.fate = OutcomeFate::dead;
  out.number = pick.attempts_before;
  out.reason = std::move(reason);
  out.detail = std::move(detail);
  return out;
}

// The mapped record, or why there can be none.
Result<CallRecord> map_one(const Record& record, const Pick& pick, LogId log,
                           const Workspace& workspace, const Manifest& manifest) {
  const Route* route = workspace.route(pick.ref.route);
  const std::string source = workspace.source_name(record.header.source);
  if (route == nullptr || source.empty()) {
    return not_found("its route \"" + pick.ref.route + "\" or source is not in its configuration");
  }
  TENON_TRY_AS(const auto raw, decode_raw_event(record.body));
  const EventId id = event_id_of(log, pick.partition, record);
  TENON_TRY_AS(const auto event, make_event(id, record.header, raw, source));
  JsonParser parser;
  JsonView view;  // without a mapping the event goes as it is, and nobody looks into it
  if (!route->mapping.empty()) {
    TENON_TRY_AS(view, parser.parse(event.json, kStoredJsonDepth));
  }
  CallRecord out;
  TENON_TRY_AS(out.body, routing::map_record(*route, view, event.json));
  out.id = to_text(id);
  out.type = event.type;
  out.attempt = pick.attempts_before + 1;
  out.flags = (pick.at_most == 1 ? 1u : 0u) | (pick.maybe_applied ? 2u : 0u);
  out.vendor_ref = pick.vendor_ref;
  const Action* action = manifest.action(pick.action);
  if (action == nullptr || action->required_fields.empty()) return out;
  JsonParser mapped_parser;
  TENON_TRY_AS(const auto mapped, mapped_parser.parse(out.body, kStoredJsonDepth));
  for (const auto& field : action->required_fields) {
    const auto value = mapped.at(field);
    if (!value || value->is(JsonKind::null)) {
      return invalid("the action needs " + field + ", and the event does not give it",
                     "route " + pick.ref.route);
    }
  }
  return out;
}

// The value at the pointer that must differ within a batch, in lower case; empty = none.
std::string unique_value(const CallRecord& record, const std::string& pointer) {
  if (pointer.empty()) return {};
  JsonParser parser;
  const auto view = parser.parse(record.body, kStoredJsonDepth);
  if (!view) return {};
  const auto value = view->at(pointer);
  if (!value) return {};
  return lower(value->to_json());
}

// Fills a batch within its limits; what does not fit is put back, with all that follows of its key.
class Filler {
 public:
  explicit Filler(const BatchLimits& limits) : limits_(limits) {}

  bool may_take(const Pick& pick) const {
    return pick.ref.key.value == 0 || !closed_.contains({pick.partition, pick.ref.key});
  }
  bool take(const Pick& pick, const CallRecord& record) {
    const std::string unique = unique_value(record, limits_.unique);
    const bool fits = taken_ == 0 || (bytes_ + record.body.size() <= limits_.max_bytes &&
                                      bytes_ + record.body.size() <= kMaxCallBytes);
    if (!fits || (!unique.empty() && !uniques_.insert(unique).second)) {
      close(pick);
      return false;
    }
    bytes_ += record.body.size();
    ++taken_;
    return true;
  }
  void close(const Pick& pick) { closed_.insert({pick.partition, pick.ref.key}); }

 private:
  const BatchLimits limits_;
  std::size_t taken_ = 0;
  std::uint64_t bytes_ = 0;
  std::set<std::string> uniques_;
  std::set<std::pair<PartitionId, KeyHash>> closed_;
};

}  // namespace

Task<Result<LoadedBatch>> load_batch(EventLog& log, const Setup& setup, std::vector<Pick> picks,
                                     ConfigOf config_of) {
  LoadedBatch batch;
  const Action* action = setup.manifest.action(picks.front().action);
  Filler filler(action != nullptr ? action->batch : BatchLimits());
  for (auto& pick : picks) {
    if (!filler.may_take(pick)) {
      batch.put_back.push_back(std::move(pick));
      continue;
    }
    ReadLimits one;
    one.max_records = 1;
    const auto slice = co_await log.read(pick.partition, pick.ref.event, one);
    if (!slice && slice.error().kind != ErrorKind::not_found) co_return Error(slice.error());
    const auto workspace = config_of(pick.ref.config);
    std::string reason, detail;
    if (!slice || slice->records.empty()) {
      reason = "event_trimmed";
      detail = "the event is no longer in the log";
    } else if (!workspace) {
      reason = "config_unknown";
      detail = "the configuration it was decided under is not known any more";
    } else {
      const bool synthetic = (slice->records.front().header.flags & kRecordSynthetic) != 0;
      auto record = map_one(slice->records.front(), pick, log.id(), *workspace, setup.manifest);
      if (!may_take(*setup.destination, synthetic)) {
        // It was decided while a model stood in the vendor's place.
        reason = "synthetic";
        detail = "a synthetic event goes to models only, and this destination is the vendor itself";
      } else if (!record) {
        reason = record.error().kind == ErrorKind::corrupt ? "event_corrupt" : "mapping_failed";
        detail = record.error().text();
      } else if (filler.take(pick, *record)) {
        Loaded loaded;
        loaded.pick = std::move(pick);
        loaded.record = std::move(*record);
        loaded.synthetic = synthetic;
        batch.items.push_back(std::move(loaded));
        continue;
      } else {
        batch.put_back.push_back(std::move(pick));
        continue;
      }
    }
    batch.failed.push_back(unmappable(pick, std::move(reason), std::move(detail)));
    batch.failed_partitions.push_back(pick.partition);
  }
  co_return batch;
}

std::string idempotency_of(const std::string& action, const std::vector<Loaded>& items,
                           std::uint32_t step) {
  std::string name = action;
  for (const auto& item : items) name.append(1, '\0').append(item.record.id);
  name.append(1, '\0').append(std::to_string(step));
  const Digest128 digest = digest128(name);
  return "idk_" + to_base32({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string attempt_name(const std::vector<Loaded>& items, Time now, std::string_view kind) {
  std::string name = std::to_string(us_of(now));
  for (const auto& item : items) {
    name.append(1, '\0');
    name.append(reinterpret_cast<const char*>(item.pick.ref.id.bytes.data()), 16);
  }
  const Digest128 digest = digest128(name);
  return std::string(kind) +
         to_base32({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace tenon::delivery
