// The connectors' two steps: ask for requests, then read the vendor's answers.
#include "sim/connectors.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace tenon::sim {
namespace {

using nlohmann::json;

const VendorShape& shape_of(const Profile& profile, std::string_view id) {
  return id == "single" ? profile.single
         : id == "bulk" ? profile.bulk
         : id == "once" ? profile.once
                        : profile.healthy;
}

std::string manifest_toml(const std::string& id, const VendorShape& shape, bool reads) {
  return "[connector]\nid = \"" + id + "\"\nversion = \"1.0.0\"\ntitle = \"" + id +
         "\"\nsummary = \"A simulated vendor.\"\nabi = \"1.0\"\nops = [\"deliver\"" +
         std::string(reads ? ", \"readback\"" : "") +
         "]\n"
         "[[endpoint]]\nname = \"api\"\nhost = \"" +
         id +
         ".vendor.test\"\nmethods = [\"POST\"]\n"
         "[[slot]]\nname = \"token\"\nkind = \"header\"\nheader = \"Authorization\"\n"
         "prefix = \"Bearer \"\nrequired = true\nendpoints = [\"api\"]\n"
         "[[action]]\nname = \"send\"\ntitle = \"Send\"\nrequired_fields = []\n"
         "optional_fields = []\nopen_fields = true\n" +
         (reads ? "readback = true\nreadback_after_ms = 0\n" : "") +
         "[action.batch]\nmax_records = " + std::to_string(shape.max_records) +
         "\nmax_bytes = 1048576\nsame_key = false\n"
         "[[rate_header]]\nremaining = \"X-Left\"\nreset = \"X-Reset\"\n"
         "[[rate_limit]]\nbucket = \"default\"\nlimit = " +
         std::to_string(shape.limit) + "\nwindow_ms = " + std::to_string(shape.window_ms) +
         "\n[retry]\nfirst_ms = 500\nceiling_ms = 30000\nmax_age_s = 2592000\n"
         "max_attempts = 1000\n[limits]\ncall_deadline_ms = 8000\nconcurrency = " +
         std::to_string(shape.concurrency) + "\n";
}

// A route of the simulation gives the connector the canonical event.
struct Seen {
  std::int64_t serial = -1;
  std::string user, message_id;
  bool bad = false, killer = false;
};
Seen seen_of(const std::string& connector, const CallRecord& record) {
  const json body = json::parse(record.body, nullptr, false);
  TENON_ASSERT(body.is_object());
  const json& properties = body.at("properties");
  Seen seen;
  seen.user = body.value("userId", "");
  seen.message_id = body.value("messageId", "");
  seen.serial = properties.value("n", std::int64_t{-1});
  seen.bad = properties.value("bad", "") == connector;
  seen.killer = properties.value("killer", "") == connector;
  return seen;
}

std::uint32_t retry_after_ms(const HttpReply& reply) {
  for (const auto& [name, value] : reply.headers) {
    const bool number = value.find_first_not_of("0123456789") == std::string::npos;
    if (name == "retry-after" && number) {
      return static_cast<std::uint32_t>(std::stoul(value) * 1'000);
    }
  }
  return 0;
}

}  // namespace

std::vector<Manifest> manifests_of(const Profile& profile) {
  std::vector<Manifest> all;
  for (const auto& id : destinations_of(profile)) {
    auto manifest = parse_manifest(
        manifest_toml(id, shape_of(profile, id), id == "once" && profile.once_reads), "sim");
    TENON_ASSERT(manifest);
    all.push_back(std::move(*manifest));
  }
  return all;
}

ReleaseCatalog catalog_of(const Profile& profile) {
  std::vector<InstalledRelease> releases;
  for (auto& manifest : manifests_of(profile)) {
    InstalledRelease release;
    release.id = ReleaseId(manifest.release());
    release.manifest = std::move(manifest);
    release.so_path = "simulated";
    releases.push_back(std::move(release));
  }
  return ReleaseCatalog(std::move(releases));
}

SimRuntime::SimRuntime(Clock& clock, Ledger& ledger, const Profile& profile, Mutant mutant,
                       SeededRandom& random)
    : clock_(clock), ledger_(ledger), profile_(profile), mutant_(mutant), random_(random) {}

bool SimRuntime::dice(int thousandths) {
  const bool hit = random_.below(1'000) < static_cast<std::uint64_t>(thousandths);
  return faults_ && hit;
}

Task<Result<InstanceId>> SimRuntime::open(ReleaseId release, std::string) {
  const Instant at = clock_.instant() + milliseconds{5};
  co_await clock_.sleep_until(at);
  if (dice(profile_.dies / 2)) co_return unavailable("the worker did not start");
  const InstanceId id(++last_);
  open_[id] = release.value.substr(0, release.value.find('@'));
  co_return id;
}

void SimRuntime::died(const std::string& destination, const Call& call) {
  if (call.records.size() == 1) ++ledger_.deaths[RecordName(destination, call.records[0].id)];
}

Task<Result<StepResult>> SimRuntime::step(InstanceId instance, Call call, Instant deadline) {
  const auto found = open_.find(instance);
  if (found == open_.end()) co_return not_found("the instance is gone");
  const std::string id = found->second;
  const Instant done = clock_.instant() + milliseconds{1 + random_.below(4)};
  bool kills = dice(profile_.dies);
  for (const auto& record : call.records) kills = kills || seen_of(id, record).killer;
  const bool hangs = !kills && dice(profile_.hangs);
  deadline = std::min(deadline, clock_.instant() + kStepWall);
  co_await clock_.sleep_until(hangs ? deadline : std::min(done, deadline));
  if (!open_.contains(instance)) co_return not_found("the instance is gone");
  if (kills || hangs || clock_.instant() >= deadline) {
    open_.erase(instance);
    died(id, call);
    if (kills) co_return unavailable("the worker died");
    co_return timed_out("the worker was killed at the deadline");
  }
  StepResult result;
  if (call.op == Op::readback) {
    result = look_up(call);
  } else if (call.step == 0) {
    result = first_step(id, call);
    if (dice(profile_.lies)) lie(call, result);
  } else {
    result = last_step(id, call);
  }
  co_return result;
}

StepResult SimRuntime::first_step(const std::string& id, const Call& call) const {
  StepResult result;
  const auto per_request = static_cast<std::size_t>(shape_of(profile_, id).per_request);
  for (std::size_t from = 0; from < call.records.size(); from += per_request) {
    ConnectorRequest request;
    request.tag = static_cast<std::uint32_t>(from);
    request.effect = id == "once" ? Effect::once : Effect::idempotent;
    request.endpoint = "api";
    request.method = "POST";
    request.path = "/v1/records";
    json body = json::array();
    const std::size_t to = std::min(from + per_request, call.records.size());
    for (std::size_t i = from; i < to; ++i) {
      const Seen seen = seen_of(id, call.records[i]);
      body.push_back({{"id", call.records[i].id},
                      {"n", seen.serial},
                      {"m", seen.message_id},
                      {"user", seen.user},
                      {"bad", seen.bad}});
      request.covers.push_back(static_cast<std::uint32_t>(i));
    }
    request.body = body.dump();
    request.idempotency_key = call.idempotency;
    if (mutant_ == Mutant::new_key_per_try) {
      request.idempotency_key += "-" + std::to_string(call.records[0].attempt);
    }
    request.headers.emplace_back("idempotency-key", request.idempotency_key);
    request.headers.emplace_back("content-type", "application/json");
    result.requests.push_back(std::move(request));
  }
  result.suspended = true;
  return result;
}

// Asks the vendor what it has under these ids, and says so of each, or nothing at all.
StepResult SimRuntime::look_up(const Call& call) {
  StepResult result;
  if (call.step == 0) {
    json body = json::array();
    for (const auto& record : call.records) {
      body.push_back({{"m", seen_of("once", record).message_id}});
    }
    ConnectorRequest request;
    request.effect = Effect::read;
    request.endpoint = "api";
    request.method = "POST";
    request.path = "/v1/search";
    request.body = body.dump();
    request.headers.emplace_back("content-type", "application/json");
    result.requests.push_back(std::move(request));
    result.suspended = true;
    return result;
  }
  const HttpReply& reply = call.responses.at(0).reply;
  const json body = json::parse(reply.body, nullptr, false);
  if (reply.got != Got::http || reply.status != 200 || !body.is_object() ||
      !body.contains("found")) {
    result.status = -3;
    result.explain = "the search failed";
    return result;
  }
  for (std::uint32_t i = 0; i < call.records.size(); ++i) {
    if (dice(profile_.forgets)) continue;
    const std::string key = seen_of("once", call.records[i]).message_id;
    const auto& found = body["found"];
    Emit emit;
    emit.index = i;
    emit.kind = std::find(found.begin(), found.end(), key) == found.end() ? EmitKind::absent
                                                                          : EmitKind::found;
    if (emit.kind == EmitKind::found) emit.body = call.records[i].body;
    result.emits.push_back(std::move(emit));
  }
  return result;
}

// Success with nothing to show for it.
void SimRuntime::lie(const Call& call, StepResult& result) {
  result = StepResult();
  for (std::uint32_t i = 0; i < call.records.size(); ++i) {
    RecordOutcome outcome;
    outcome.index = i;
    outcome.verdict = Verdict::accepted;
    outcome.applied = Applied::yes;
    result.outcomes.push_back(std::move(outcome));
  }
}

StepResult SimRuntime::last_step(const std::string& id, const Call& call) {
  StepResult result;
  std::map<std::string, std::string> status;
  bool any_rejected = false;
  std::vector<RecordOutcome> outcomes(call.records.size());
  for (const auto& response : call.responses) {
    const HttpReply& reply = response.reply;
    const bool fine = reply.got == Got::http && reply.status == 200;
    const bool liar = !fine && dice(profile_.lies);
    const json body = fine ? json::parse(reply.body, nullptr, false) : json();
    if (body.is_object() && body.contains("results")) {
      for (const auto& one : body["results"]) {
        status[one.value("id", "")] = one.value("status", "");
      }
    }
    const auto per_request = static_cast<std::size_t>(shape_of(profile_, id).per_request);
    const std::size_t to = std::min<std::size_t>(response.tag + per_request, call.records.size());
    for (std::size_t i = response.tag; i < to; ++i) {
      RecordOutcome& outcome = outcomes[i];
      const bool not_applied = reply.got == Got::no_connection || reply.got == Got::blocked ||
                               (reply.got == Got::http && reply.status == 429);
      if (liar) {
        outcome.verdict = Verdict::accepted;
        outcome.applied = Applied::yes;
      } else if (!fine) {
        outcome.verdict =
            reply.got == Got::http || not_applied ? Verdict::retry : Verdict::unresolved;
        outcome.applied = not_applied ? Applied::no : Applied::maybe;
        outcome.retry_after_ms = retry_after_ms(reply);
      }
    }
  }
  for (std::uint32_t i = 0; i < call.records.size(); ++i) {
    outcomes[i].index = i;
    const auto known = status.find(call.records[i].id);
    if (known != status.end()) {
      const std::string& word = known->second;
      any_rejected = any_rejected || word == "rejected";
      outcomes[i].verdict = word == "ok"         ? Verdict::accepted
                            : word == "rejected" ? Verdict::rejected
                                                 : Verdict::retry;
      outcomes[i].applied = word == "ok" ? Applied::yes : Applied::no;
      if (word == "rejected") outcomes[i].vendor_code = "BAD_ROW";
    } else if (mutant_ == Mutant::missing_outcome_is_success) {
      outcomes[i].verdict = Verdict::accepted;
    }
    if (dice(profile_.forgets)) continue;
    if (known != status.end() && known->second == "ok") {
      ledger_.confirm(RecordName(id, call.records[i].id));
    }
    result.outcomes.push_back(outcomes[i]);
  }
  if (mutant_ == Mutant::batch_dead_for_one && any_rejected) {
    for (auto& outcome : result.outcomes) outcome.verdict = Verdict::rejected;
  }
  return result;
}

Task<void> SimRuntime::close(InstanceId instance) {
  open_.erase(instance);
  co_return;
}

Task<void> SimRuntime::stop() {
  open_.clear();
  co_return;
}

}  // namespace tenon::sim
