// Cases about repeats and limits: keys that hold, batches as large as promised, hints at a 429.
#include <algorithm>
#include <map>
#include <set>

#include "conformance/batch.hpp"
#include "conformance/replies.hpp"

namespace tenon::conformance {
namespace {

using testkit::CallOut;
using testkit::Golden;
using testkit::Json;
using testkit::RequestOut;
using testkit::StepOut;

std::set<std::string> keys_of(const RequestOut& request) {
  std::set<std::string> keys;
  if (!request.idempotency_key.empty()) keys.insert(request.idempotency_key);
  for (const auto& [name, value] : request.headers) {
    if (name == "idempotency-key" && !value.empty()) keys.insert(value);
  }
  return keys;
}

std::string place_of(const RequestOut& request) {
  std::string place = request.endpoint + " " + request.method + " " + request.path + " of records";
  for (const std::uint32_t index : request.covers) place += " " + std::to_string(index);
  return place;
}

// The requests that may change something, by what they do to whom.
std::map<std::string, std::set<std::string>> written_by(const StepOut& step) {
  std::map<std::string, std::set<std::string>> by_place;
  for (const RequestOut& request : step.requests) {
    if (request.effect != TENON_EFFECT_READ) by_place[place_of(request)] = keys_of(request);
  }
  return by_place;
}

std::string list_of(const std::set<std::string>& keys) {
  std::string list;
  for (const std::string& key : keys) list += (list.empty() ? "" : ", ") + key;
  return list.empty() ? "none" : list;
}

void keys_stable(Subject& subject) {
  each_batch(subject, [&](const Golden& golden, const CallOut& whole) {
    Golden again = golden;
    for (auto& record : again.call.records) {
      record.attempt += 1;
      record.flags |= TENON_RECORD_MAYBE_APPLIED;
    }
    again.call.now_ms += 3'600'000;
    again.call.seed += 12'345;
    const StepOut second = subject.instance(golden.settings)->step(again.call);
    const auto before = written_by(whole.steps.front());
    for (const auto& [place, keys] : written_by(second)) {
      const auto found = before.find(place);
      if (found == before.end() || found->second == keys) continue;
      fail(golden.name + ": " + place +
           ": wanted the same idempotency key when it is tried again (" + list_of(found->second) +
           "), found " + list_of(keys) +
           "; make it of call.idempotency or record.id, never of time, seed or attempt");
    }
  });
}

void keys_differ(Subject& subject) {
  each_batch(subject, [&](const Golden& golden, const CallOut& whole) {
    Golden other = golden;
    for (auto& record : other.call.records) record.id += "_other";
    other.call.idempotency += "-other";
    const StepOut second = subject.instance(golden.settings)->step(other.call);
    std::set<std::string> before;
    for (const auto& [place, keys] : written_by(whole.steps.front())) {
      for (const std::string& key : keys) {
        if (!before.insert(key).second) {
          fail(golden.name + ": two requests of one step have the idempotency key " + key);
        }
      }
    }
    for (const auto& [place, keys] : written_by(second)) {
      for (const std::string& key : keys) {
        if (before.count(key) == 0) continue;
        fail(golden.name + ": " + place + ": wanted another idempotency key for other records, " +
             "found " + key + " again");
      }
    }
  });
}

// ---- Limits ------------------------------------------------------------------------------------

// The field's text with a number in it, so that no value stands twice; an address stays one.
std::string numbered(const std::string& text, std::uint32_t number) {
  const bool phone = !text.empty() && text[0] == '+';
  return phone ? "+1555" + std::to_string(1'000'000 + number) : "n" + std::to_string(number) + text;
}

testkit::CallIn full_call(const Golden& golden, std::uint32_t of,
                          const ManifestFacts::Action& action, std::size_t padding) {
  testkit::CallIn call = golden.call;
  const testkit::RecordIn one = call.records[of];
  call.records.clear();
  const std::uint32_t most = std::min<std::uint32_t>(action.max_records, TENON_MAX_CALL_RECORDS);
  for (std::uint32_t i = 0; i < most; ++i) {
    testkit::RecordIn record = one;
    record.id = "evt_full_" + std::to_string(i);
    Json body = Json::parse(one.body, nullptr, false);
    if (body.is_object()) {
      const std::string unique = member_of(action.unique);
      if (body.contains(unique) && body[unique].is_string()) {
        body[unique] = numbered(body[unique].get<std::string>(), i);
      }
      if (padding > 0) body["padding"] = std::string(padding, 'p');
      record.body = body.dump();
    }
    call.records.push_back(std::move(record));
  }
  return call;
}

void full_batch(Subject& subject) {
  std::set<std::string> done;
  each_batch(subject, [&](const Golden& golden, const CallOut& whole) {
    if (accepted(whole).empty()) return;
    for (const auto& action : subject.facts().actions) {
      if (action.name != golden.call.action || !done.insert(action.name).second) continue;
      const std::uint32_t of = *accepted(whole).begin();
      const std::uint64_t bytes = std::min<std::uint64_t>(
          action.max_bytes == 0 ? TENON_MAX_CALL_BYTES : action.max_bytes, TENON_MAX_CALL_BYTES);
      const std::size_t each = golden.call.records[of].body.size() + 40;
      const std::size_t room = bytes / std::max(action.max_records, 1u);
      for (const std::size_t padding : {std::size_t{0}, room > each ? room - each : 0}) {
        const auto call = full_call(golden, of, action, padding);
        const StepOut out = subject.instance(golden.settings)->step(call);
        const std::string told =
            "action " + action.name + ": a full batch of " + std::to_string(call.records.size()) +
            " records" + (padding > 0 ? " and " + std::to_string(bytes) + " bytes" : "") + ": ";
        if (out.status != TENON_OK) {
          fail(told + "wanted ok, found " + std::string(testkit::status_name(out.status)) + ": " +
               out.explain + "; the manifest promises so many");
        }
        if (!out.violations.empty()) fail(told + out.violations.front());
        std::set<std::uint32_t> told_of;
        for (const RequestOut& request : out.requests) {
          told_of.insert(request.covers.begin(), request.covers.end());
        }
        for (const auto& outcome : out.outcomes) told_of.insert(outcome.index);
        // A look-up may be about all of them without carrying any.
        const bool looks_up =
            std::any_of(out.requests.begin(), out.requests.end(),
                        [](const RequestOut& one) { return one.effect == TENON_EFFECT_READ; });
        if (told_of.size() < call.records.size() && !looks_up) {
          fail(told + "wanted each in a request or with an outcome, found " +
               std::to_string(told_of.size()));
        }
      }
    }
  });
  if (done.empty()) throw Skip{"no golden ends in an accepted record"};
}

void throttle_hints(Subject& subject) {
  bool any = false;
  for (const Golden& golden : subject.goldens()) {
    bool throttled = false;
    for (const auto& step : golden.steps) {
      for (const auto& exchange : step) {
        throttled |= exchange.reply.got == TENON_GOT_HTTP && exchange.reply.status == 429;
      }
    }
    if (!throttled) continue;
    any = true;
    const CallOut out = run_golden(*subject.instance(golden.settings), golden);
    bool hinted = false;
    for (const StepOut& step : out.steps) {
      for (const auto& hint : step.hints) hinted |= hint.kind == TENON_HINT_THROTTLED;
    }
    if (!hinted) {
      fail(golden.name +
           ": the vendor says 429; wanted a hint THROTTLED with the bucket, found none");
    }
  }
  if (!any) throw Skip{"no golden has a reply of status 429"};
}

}  // namespace

std::vector<Case> retry_cases() {
  return {
      {"retry.keys_stable", "a repeat has the idempotency key of the first try", keys_stable,
       "the vendor knows a repeat by its key alone; with another one it does the thing twice"},
      {"retry.keys_differ", "other records have another key", keys_differ,
       "the vendor would take them for a repeat, and drop them with a yes"},
      {"limits.full_batch", "a batch as large as the manifest promises goes through", full_batch,
       "it works in every test with three records, and fails on the first busy day"},
      {"limits.throttle_hints", "a 429 is hinted to the host", throttle_hints,
       "other calls would go on into the same wall"},
  };
}

}  // namespace tenon::conformance
