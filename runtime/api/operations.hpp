// Operations: all that the admin API can ask of the running host; the app implements it.
#pragma once

#include "access/token_book.hpp"
#include "api/values.hpp"
#include "async/task.hpp"
#include "chain/chain_keeper.hpp"
#include "ports/captures.hpp"
#include "ports/secret_vault.hpp"

namespace tenon {

// On the shard's thread. Tasks where the log is read, appended to or waited for; plain answers
// where the folded state is enough. Errors by kind become HTTP problems (problem.hpp). Texts hold
// no secrets: they go to the caller as they are.
class Operations {
 public:
  virtual ~Operations() = default;

  // `so_far` empty: from the start; else goes on where that trace stopped.
  virtual Task<Result<Trace>> explain(EventId id, std::optional<Trace> so_far) = 0;
  // The events with this message id, oldest first; duplicates of one within the dedupe window are
  // not listed. not_found: an unknown source. An empty list: no such event.
  virtual Task<Result<std::vector<EventSummary>>> find_events(std::string source,
                                                              std::string message_id) = 0;
  virtual Task<Result<Page<EventSummary>>> tail(TailQuery query) = 0;

  virtual Task<Result<Page<RejectedEvent>>> rejected(RejectedQuery query) = 0;
  virtual Task<Result<RejectedEvent>> rejected_event(EventId id) = 0;
  // invalid: the event is still not acceptable, and why. conflict: it was re-entered before.
  virtual Task<Result<Reentered>> reenter(ReenterQuery query) = 0;

  virtual Result<Page<DeliverySummary>> deliveries(const DeliveryQuery& query) = 0;
  virtual Result<Page<DeadLetter>> dead_letters(const DeadLetterQuery& query) = 0;
  virtual Task<Result<DeadLetter>> dead_letter(DeliveryId id) = 0;
  // not_found: no dead letter, parked or ambiguous delivery has this id.
  virtual Task<Result<void>> redrive(DeliveryId id, std::string actor) = 0;
  // Counts them, and starts a rerun at each destination that has some. conflict: one goes on there.
  virtual Task<Result<RedriveAnswer>> redrive_all(RedriveQuery query) = 0;
  // invalid: the event is not acceptable, or would not go there; and why. not_found: no such
  // letter. conflict: it was edited before.
  virtual Task<Result<Edited>> edit(EditQuery query) = 0;

  // What it would do; goes on where `after` (the plan's `next`) says. invalid: why it cannot be.
  virtual Task<Result<ReplayPlan>> plan_replay(ReplayQuery query, std::string after) = 0;
  // conflict: a rerun goes on there; or an action is not safe to replay, and duplicates were not
  // accepted.
  virtual Task<Result<RerunInfo>> start_replay(ReplayQuery query) = 0;
  virtual std::vector<RerunInfo> reruns() = 0;  // newest first
  virtual Result<RerunInfo> rerun(RerunId id) = 0;
  // What is under way ends, the rest is not sent. conflict: it has ended.
  virtual Task<Result<RerunInfo>> cancel_rerun(RerunId id, std::string actor) = 0;
  virtual Task<Result<Page<RerunRest>>> rerun_rest(RerunId id, PageQuery page) = 0;

  virtual std::vector<DestinationStatus> destinations() = 0;
  // not_found: no such destination. conflict: it is in that state already.
  virtual Task<Result<void>> pause(DestinationAct act) = 0;
  virtual Task<Result<void>> resume(DestinationAct act) = 0;
  // With dry_run only says what it would give up.
  virtual Task<Result<SkipAnswer>> skip(DestinationAct act) = 0;
  // What was skipped, latest act first. not_found: no such destination.
  virtual Result<std::vector<SkippedAct>> skips(const std::string& destination) = 0;

  // Proves settings and credential by one cheap request. not_found: no such destination.
  // unsupported: its connector has no check.
  virtual Task<Result<DestinationCheck>> check(std::string destination) = 0;
  // Asks the vendor for records by their keys; one answer per key, in order. unsupported: the
  // action cannot be read back. unavailable: the call failed as a whole.
  virtual Task<Result<std::vector<ReadBackRecord>>> read_back(ReadBackQuery query) = 0;

  virtual Result<std::vector<PullInfo>> pulls() = 0;
  // Runs it now; answers at the end of the run or after `wait`. not_found: no such pull. conflict:
  // it cannot run, and why.
  virtual Task<Result<PullInfo>> run_pull(std::string name, milliseconds wait) = 0;

  virtual std::vector<ConnectorStatus> connectors() = 0;
  // One of them, with its changelog. not_found: no such release.
  virtual Result<ConnectorStatus> connector(const std::string& release) = 0;
  // Blocks while it writes. invalid: it is no sound package, or asks the loader for more than it
  // may. conflict: the trust of the workspace, a release of that name, a newer one or the
  // configuration forbid it; then all stays as it was.
  virtual Result<InstallAnswer> install(InstallAsk ask) = 0;
  // not_found: no package of this release. conflict: something uses it.
  virtual Result<void> remove_release(const ReleaseAct& act) = 0;
  // Lets calls through again. not_found: no such release. conflict: nothing is held against it.
  virtual Result<void> clear(const ReleaseAct& act) = 0;
  virtual std::vector<WorkerStatus> workers() = 0;

  virtual Result<ConfigStatus> config() = 0;
  virtual Task<Result<Page<ConfigEntry>>> config_history(PageQuery query) = 0;  // newest first
  virtual ConfigCheck config_check(const std::string& toml, const std::string& place) = 0;
  virtual ConfigDiff config_diff(const std::string& toml, const std::string& place) = 0;
  // Nothing is appended if the check finds an error.
  virtual Task<Result<ConfigApply>> config_apply(std::string toml, std::string place,
                                                 std::string actor) = 0;

  // Whoever brings this value: who is it, and may it come in? `spend`: one request off its rate.
  virtual TokenVerdict judge_token(std::string_view value, bool spend) = 0;
  virtual std::vector<ApiToken> tokens() = 0;
  virtual Task<Result<TokenChange>> change_tokens(TokenAct act) = 0;

  // Rollouts, by connector. not_found: no such connector has one.
  virtual std::vector<RolloutView> rollouts() = 0;
  virtual Result<RolloutView> rollout(const std::string& connector) = 0;
  // In force, and on disk, when it returns: no call begins under the old state after that. Errors
  // as of the act itself; none of them has changed anything.
  virtual Task<Result<RolloutView>> roll_out(RolloutAsk ask) = 0;
  // Into the audit chain; `at` is filled in. An act that changes something is noted before it
  // begins and after it has ended; whatever else is asked or refused is told.
  virtual Task<Result<std::uint64_t>> note(AuditEntry entry, std::string_view body) = 0;
  virtual void tell(AuditEntry entry) = 0;
  virtual Task<Result<std::vector<AuditEntry>>> audit_entries(AuditQuery query) = 0;
  virtual ChainHead audit_head() = 0;
  // Reads the whole chain.
  virtual Task<Result<ChainReport>> verify_audit(std::optional<ChainAnchor> anchor) = 0;

  // Which calls of connectors are kept, newest first.
  virtual std::vector<CaptureInfo> captures(const CaptureQuery& query) = 0;
  virtual CaptureStatus capture_status() = 0;
  // The newest of this attempt. Blocks while it reads. not_found: none is kept.
  virtual Result<KeptCall> capture(const std::string& attempt) = 0;

  // For what is in it; secrets are not asked for here.
  virtual SecretVault& secret_vault() = 0;
  // As SecretVault::change, and noted in the log.
  virtual Task<Result<VaultChange>> change_vault(VaultAct act) = 0;
  // A destination whose grant is authorization_code: a person agrees at the vendor's page `url`,
  // which sends his browser to `redirect_uri`, with the state and a code.
  virtual Result<ConnectOffer> begin_connect(std::string destination, std::string redirect_uri) = 0;
  // Resumes a destination that the host had paused for this.
  virtual Task<Result<Connected>> finish_connect(ConnectReturn back) = 0;
  virtual std::vector<OAuthView> oauth_connections() = 0;

  // Newest first, those that are open before all others.
  virtual std::vector<NoticeView> notices(std::size_t limit) = 0;
  virtual Result<Completeness> completeness(const CompletenessQuery& query) = 0;
  // Reads the whole log. limited: it is too large to be held in memory.
  virtual Task<Result<RecountAnswer>> recount() = 0;
  virtual Task<Result<BackupCut>> backup_cut() = 0;
  virtual Task<Result<std::vector<DoctorFinding>>> doctor(DoctorReach reach) = 0;
  virtual Readiness readiness() = 0;
  virtual std::string metrics() = 0;  // Prometheus text, version 0.0.4
};

}  // namespace tenon
