// FakeOperations: an in-memory host for the tests of the admin API; remembers what it was asked.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "access/token_text.hpp"
#include "api/operations.hpp"
#include "unit/api/fake_vault.hpp"

namespace tenon::test {

inline EventId event_id(std::uint64_t offset) {
  return EventId{LogId{7}, PartitionId{3}, Offset{offset}, 0};
}
inline DeliveryId delivery_id(const char* destination) {
  return delivery_id_of(destination, event_id(100), "upsert_contact");
}

class FakeOperations final : public Operations {
 public:
  std::optional<Error> refuse;  // answered by everything that can fail
  std::vector<std::string> asked;
  Trace trace;
  int parts = 1;  // explain is complete at the so-many-th call
  std::size_t so_far_seen = 0;
  TailQuery tailed;
  RejectedQuery rejected_query;
  ReenterQuery reentered;
  DeliveryQuery delivery_query;
  DeadLetterQuery letter_query;
  RedriveQuery redriven;
  EditQuery edit_query;
  ReplayQuery replay_query;
  ReplayPlan plan;
  RerunInfo rerun_info;
  ReleaseAct cleared;
  DestinationAct acted;
  DestinationCheck checked;
  ReadBackQuery read_query;
  PullInfo pull;
  std::vector<ReadBackRecord> read;
  std::vector<Error> config_errors;
  Readiness ready{true, {}};
  CaptureQuery capture_query;
  CaptureStatus capture_state;
  std::vector<CaptureInfo> kept;
  FakeVault vault;
  TokenBook book;
  Time now = time_from_us(1'767'225'600'000'000);
  std::uint8_t drawn = 0;  // the random bytes of the next token

  TokenVerdict judge_token(std::string_view value, bool spend) override {
    return book.judge(value, now, spend);
  }
  std::vector<ApiToken> tokens() override { return book.tokens(); }
  Task<Result<TokenChange>> change_tokens(TokenAct act) override {
    if (refuse) co_return *refuse;
    const std::string random(kTokenIdBytes + kTokenRandomBytes, static_cast<char>(++drawn));
    co_return book.change(act, now, random);
  }

  std::vector<AuditEntry> noted, told;
  std::vector<std::string> bodies;   // of what was noted
  std::optional<Error> refuse_note;  // nothing can be noted
  AuditQuery audit_query;
  std::optional<ChainAnchor> anchor;
  ChainReport report;
  Task<Result<std::uint64_t>> note(AuditEntry entry, std::string_view body) override {
    if (refuse_note) co_return *refuse_note;
    bodies.emplace_back(body);
    noted.push_back(std::move(entry));
    noted.back().sequence = noted.size();
    co_return noted.size();
  }
  void tell(AuditEntry entry) override { told.push_back(std::move(entry)); }
  Task<Result<std::vector<AuditEntry>>> audit_entries(AuditQuery query) override {
    audit_query = query;
    if (refuse) co_return *refuse;
    co_return noted;
  }
  RolloutAsk rolled;
  RolloutView rollout_view;
  std::vector<RolloutView> rollouts() override { return {rollout_view}; }
  Result<RolloutView> rollout(const std::string& connector) override {
    asked.push_back("rollout " + connector);
    if (refuse) return *refuse;
    return rollout_view;
  }
  Task<Result<RolloutView>> roll_out(RolloutAsk ask) override {
    rolled = std::move(ask);
    if (refuse) co_return *refuse;
    co_return rollout_view;
  }
  std::vector<CaptureInfo> captures(const CaptureQuery& query) override {
    capture_query = query;
    std::vector<CaptureInfo> out;
    for (const auto& info : kept) {
      if (out.size() == query.limit) break;
      if (query.before == 0 || info.place < query.before) out.push_back(info);
    }
    return out;
  }
  CaptureStatus capture_status() override { return capture_state; }
  Result<KeptCall> capture(const std::string& attempt) override {
    if (attempt == "att_gone") return not_found("no call of attempt att_gone is kept");
    KeptCall out;
    out.json = R"({"captured_call":1,"attempt":")" + attempt + R"("})";
    out.redact = {"/email"};
    return out;
  }
  ChainHead audit_head() override { return ChainHead{noted.size(), {}}; }
  Task<Result<ChainReport>> verify_audit(std::optional<ChainAnchor> wanted) override {
    anchor = wanted;
    if (refuse) co_return *refuse;
    co_return report;
  }

  Task<Result<Trace>> explain(EventId id, std::optional<Trace> so_far) override {
    asked.push_back("explain " + to_text(id));
    if (refuse) co_return *refuse;
    Trace answer = trace;
    answer.id = id;
    if (so_far) ++so_far_seen;
    answer.scanned_to = Offset{so_far ? so_far->scanned_to.value + 1 : 1};
    answer.complete = static_cast<int>(answer.scanned_to.value) >= parts;
    if (!answer.complete) answer.incomplete = "stopped; ask again";
    co_return answer;
  }
  Task<Result<std::vector<EventSummary>>> find_events(std::string source,
                                                      std::string message_id) override {
    asked.push_back("find " + source + " / " + message_id);
    if (refuse) co_return *refuse;
    std::vector<EventSummary> out(1);
    out[0].id = event_id(100);
    out[0].source = source;
    out[0].message_id = message_id;
    out[0].fate = EventFate::routed;
    co_return out;
  }
  Task<Result<Page<EventSummary>>> tail(TailQuery query) override {
    tailed = query;
    if (refuse) co_return *refuse;
    Page<EventSummary> page;
    page.next = "c2";
    co_return page;
  }
  Task<Result<Page<RejectedEvent>>> rejected(RejectedQuery query) override {
    rejected_query = query;
    if (refuse) co_return *refuse;
    Page<RejectedEvent> page;
    page.data.resize(1);
    page.data[0].id = event_id(5);
    page.data[0].code = "too_large";
    co_return page;
  }
  Task<Result<RejectedEvent>> rejected_event(EventId id) override {
    if (refuse) co_return *refuse;
    RejectedEvent event;
    event.id = id;
    event.payload = "{\xff";
    co_return event;
  }
  Task<Result<Reentered>> reenter(ReenterQuery query) override {
    reentered = query;
    if (refuse) co_return *refuse;
    Reentered done;
    done.message_id = "m1";
    if (!query.dry_run) done.id = event_id(900);
    co_return done;
  }
  Result<Page<DeliverySummary>> deliveries(const DeliveryQuery& query) override {
    delivery_query = query;
    if (refuse) return *refuse;
    Page<DeliverySummary> page;
    page.data.resize(1);
    page.data[0].id = delivery_id("crm");
    page.data[0].event = event_id(100);
    page.data[0].state = DeliveryState::retrying;
    page.data[0].next_at = time_from_us(1'767'225'600'000'000);
    page.next = "more";
    return page;
  }
  Result<Page<DeadLetter>> dead_letters(const DeadLetterQuery& query) override {
    letter_query = query;
    if (refuse) return *refuse;
    return Page<DeadLetter>{};
  }
  Task<Result<DeadLetter>> dead_letter(DeliveryId id) override {
    if (refuse) co_return *refuse;
    DeadLetter letter;
    letter.id = id;
    letter.event = event_id(100);
    letter.reason = "vendor_rejected";
    letter.event_json = R"({"type":"track"})";
    co_return letter;
  }
  Task<Result<void>> redrive(DeliveryId id, std::string actor) override {
    asked.push_back("redrive " + to_text(id) + " by " + actor);
    if (refuse) co_return *refuse;
    co_return Result<void>{};
  }
  Task<Result<RedriveAnswer>> redrive_all(RedriveQuery query) override {
    redriven = query;
    if (refuse) co_return *refuse;
    RedriveAnswer answer;
    answer.matched = 2;
    answer.sample.push_back(delivery_id("crm"));
    if (!query.dry_run) answer.reruns.push_back(rerun_info);
    co_return answer;
  }
  Task<Result<Edited>> edit(EditQuery query) override {
    edit_query = query;
    if (refuse) co_return *refuse;
    Edited done;
    done.message_id = "edited-1";
    if (!query.dry_run) done.id = event_id(901);
    co_return done;
  }
  Task<Result<ReplayPlan>> plan_replay(ReplayQuery query, std::string after) override {
    replay_query = query;
    asked.push_back("plan " + query.destination + " after " + after);
    if (refuse) co_return *refuse;
    co_return plan;
  }
  Task<Result<RerunInfo>> start_replay(ReplayQuery query) override {
    replay_query = query;
    if (refuse) co_return *refuse;
    co_return rerun_info;
  }
  std::vector<RerunInfo> reruns() override { return {rerun_info}; }
  Result<RerunInfo> rerun(RerunId) override {
    if (refuse) return *refuse;
    return rerun_info;
  }
  Task<Result<RerunInfo>> cancel_rerun(RerunId id, std::string actor) override {
    asked.push_back("cancel " + to_text(id) + " by " + actor);
    if (refuse) co_return *refuse;
    co_return rerun_info;
  }
  Task<Result<Page<RerunRest>>> rerun_rest(RerunId, PageQuery) override {
    if (refuse) co_return *refuse;
    Page<RerunRest> page;
    page.data.resize(1);
    page.data[0].id = delivery_id("crm");
    page.data[0].event = event_id(100);
    co_return page;
  }
  std::vector<DestinationStatus> destinations() override {
    std::vector<DestinationStatus> out(1);
    out[0].name = "crm";
    out[0].state = DestinationState::waiting;
    out[0].lag = milliseconds(1'500);
    return out;
  }
  Task<Result<void>> pause(DestinationAct act) override { return take("pause", act); }
  Task<Result<void>> resume(DestinationAct act) override { return take("resume", act); }
  Task<Result<SkipAnswer>> skip(DestinationAct act) override {
    acted = act;
    if (refuse) co_return *refuse;
    SkipAnswer answer;
    answer.given_up = 3;
    if (act.dry_run) answer.hours.push_back({time_from_us(1'767'225'600'000'000), 3});
    co_return answer;
  }
  Result<std::vector<SkippedAct>> skips(const std::string& destination) override {
    asked.push_back("skips " + destination);
    if (refuse) return *refuse;
    SkippedAct act;
    act.at = time_from_us(1'767'225'600'000'000);
    act.reason = "test data";
    act.actor = "uid:1000";
    act.given_up = 2;
    act.hours.push_back({time_from_us(1'767'222'000'000'000), 2});
    return std::vector<SkippedAct>{act};
  }
  Task<Result<DestinationCheck>> check(std::string destination) override {
    asked.push_back("check " + destination);
    if (refuse) co_return *refuse;
    co_return checked;
  }
  Task<Result<std::vector<ReadBackRecord>>> read_back(ReadBackQuery query) override {
    read_query = query;
    if (refuse) co_return *refuse;
    co_return read;
  }
  Result<std::vector<PullInfo>> pulls() override {
    if (refuse) return *refuse;
    return std::vector<PullInfo>(1, pull);
  }
  Task<Result<PullInfo>> run_pull(std::string name, milliseconds wait) override {
    asked.push_back("pull " + name + " within " + std::to_string(wait.count()));
    if (refuse) co_return *refuse;
    co_return pull;
  }
  std::vector<ConnectorStatus> connectors() override { return std::vector<ConnectorStatus>(1); }
  Result<ConnectorStatus> connector(const std::string& release) override {
    asked.push_back("connector " + release);
    if (refuse) return *refuse;
    ConnectorStatus status;
    status.package.emplace();
    status.package->signers = {{"ed25519:00", "acme"}};
    status.changelog = "# 1.0.0\n";
    return status;
  }
  Result<InstallAnswer> install(InstallAsk ask) override {
    asked.push_back("install " + std::to_string(ask.bytes.size()) + " bytes for " + ask.actor +
                    (ask.allow_downgrade ? ", also an older one" : ""));
    if (refuse) return *refuse;
    InstallAnswer answer;
    answer.release = "tiny@1.0.0";
    return answer;
  }
  Result<void> remove_release(const ReleaseAct& act) override {
    asked.push_back("remove " + act.release + ": " + act.reason);
    if (refuse) return *refuse;
    return {};
  }
  Result<void> clear(const ReleaseAct& act) override {
    cleared = act;
    if (refuse) return *refuse;
    return {};
  }
  std::vector<WorkerStatus> workers() override { return std::vector<WorkerStatus>(1); }
  Result<ConfigStatus> config() override {
    if (refuse) return *refuse;
    ConfigStatus status;
    status.workspace = "main";
    status.content = "tenant = \"acme\"\n";
    status.version = ConfigVersion{0xab};
    return status;
  }
  Task<Result<Page<ConfigEntry>>> config_history(PageQuery query) override {
    asked.push_back("history after " + query.after);
    if (refuse) co_return *refuse;
    co_return Page<ConfigEntry>{};
  }
  ConfigCheck config_check(const std::string& toml, const std::string& place) override {
    asked.push_back("check " + place + ": " + toml);
    ConfigCheck check;
    check.errors = config_errors;
    return check;
  }
  ConfigDiff config_diff(const std::string& toml, const std::string& place) override {
    ConfigDiff diff;
    diff.check = config_check(toml, place);
    diff.changes.push_back("destination crm: max_batch 100 -> 50");
    return diff;
  }
  Task<Result<ConfigApply>> config_apply(std::string toml, std::string place,
                                         std::string actor) override {
    asked.push_back("apply by " + actor);
    if (refuse) co_return *refuse;
    ConfigApply done;
    done.check = config_check(toml, place);
    done.applied = done.check.errors.empty();
    co_return done;
  }
  SecretVault& secret_vault() override { return vault; }
  Task<Result<VaultChange>> change_vault(VaultAct act) override {
    auto change = vault.change(act);
    co_return change;
  }
  std::vector<NoticeView> notices(std::size_t limit) override {
    std::vector<NoticeView> all(3);
    all[0].open = true;
    all[0].notice.condition.topic = Topic::breaker;
    all[0].notice.condition.subject = "crm";
    all.resize(std::min(limit, all.size()));
    return all;
  }
  Result<Completeness> completeness(const CompletenessQuery& query) override {
    asked.push_back("completeness of " + query.source + " to " + query.destination);
    CompletenessRow row;
    row.destination = query.destination;
    row.counts = counts;
    return Completeness{{row}};
  }
  Task<Result<RecountAnswer>> recount() override {
    RecountAnswer answer;
    answer.compared = 3;
    answer.differences.push_back({"web", "crm", Time{}, "dead 1, recounted 2"});
    co_return answer;
  }
  Result<ConnectOffer> begin_connect(std::string destination, std::string redirect_uri) override {
    asked.push_back("connect " + destination + " to " + redirect_uri);
    if (refuse) return *refuse;
    ConnectOffer offer;
    offer.url = "https://vendor.test/authorize";
    offer.state = "the-state";
    return offer;
  }
  Task<Result<Connected>> finish_connect(ConnectReturn back) override {
    asked.push_back("connected " + back.state + " by " + back.actor + " with " +
                    std::string(back.code.reveal()));
    if (refuse) co_return *refuse;
    Connected out;
    out.destination = "crm";
    out.resumed = true;
    co_return out;
  }
  std::vector<OAuthView> oauth_connections() override {
    OAuthView view;
    view.destination = "crm";
    view.grant = "authorization_code";
    view.state = "needs_reconnect";
    view.reason = "invalid_grant";
    return {view};
  }
  Task<Result<BackupCut>> backup_cut() override {
    BackupCut cut;
    cut.log = LogId{7};
    cut.secrets = {"env:TOKEN"};
    cut.partitions.push_back({Offset{64}, Offset{128}});
    co_return cut;
  }
  CompletenessCounts counts;
  Task<Result<std::vector<DoctorFinding>>> doctor(DoctorReach reach) override {
    asked.push_back(reach == DoctorReach::vendors ? "doctor of vendors" : "doctor");
    if (refuse) co_return *refuse;
    std::vector<DoctorFinding> out(1);
    out[0].level = FindingLevel::warning;
    out[0].name = "consent";
    out[0].mend = "write consent rules";
    co_return out;
  }
  Readiness readiness() override { return ready; }
  std::string metrics() override { return "tenon_up 1\n"; }

 private:
  Task<Result<void>> take(std::string verb, DestinationAct act) {
    asked.push_back(verb + " " + act.name + " by " + act.actor);
    acted = act;
    if (refuse) co_return *refuse;
    co_return Result<void>{};
  }
};

}  // namespace tenon::test
