// HostOperations: the admin API's questions, answered by the running parts.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "access/token_keeper.hpp"
#include "api/operations.hpp"
#include "app/completeness_watch.hpp"
#include "app/config_keeper.hpp"
#include "app/notice_keeper.hpp"
#include "app/package_keeper.hpp"
#include "app/rollout_desk.hpp"
#include "app/state_copies.hpp"
#include "backends/capture_store/capture_store.hpp"
#include "backends/file_log/file_log.hpp"
#include "backends/file_secrets/file_secrets.hpp"
#include "backends/sandbox/sandbox_runtime.hpp"
#include "backends/telemetry/spd_telemetry.hpp"
#include "backends/vault_file/vault_file.hpp"
#include "delivery/delivery.hpp"
#include "hosting/catalog.hpp"
#include "hosting/hosting.hpp"
#include "inbound/parser.hpp"
#include "oauth/tokens.hpp"
#include "pipeline/pipeline.hpp"
#include "retention/retention.hpp"
#include "sync/sync.hpp"
#include "vault/vault.hpp"
#include "vault/vault_keeper.hpp"

namespace tenon::app {

// All that the operations look at; owned by the Host and outliving this.
struct Parts {
  FileLog& log;
  Clock& clock;
  Random& random;
  SpdTelemetry& telemetry;
  FileSecrets& files;
  Vault& vault;
  SecretVault& secret_vault;
  VaultKeeper& vault_keeper;
  TokenKeeper& token_keeper;
  ChainKeeper& chain;
  oauth::Tokens& tokens;
  SandboxRuntime& runtime;
  ReleaseCatalog& catalog;
  const std::vector<Manifest>& installed;
  PackageKeeper& packages;
  RolloutDesk& rollouts;
  Hosting& hosting;
  Egress& egress;
  Holds& holds;
  pipeline::Pipeline& pipeline;
  delivery::Delivery& delivery;
  sync::Sync& sync;
  ConfigKeeper& config;
  inbound::Parser& webhooks;
  retention::Retention& retention;
  NoticeKeeper& notices;
  CompletenessWatch& completeness;
  StateCopies& state_copies;
  CaptureStore& captures;
  std::function<Result<void>()> reconfigure;  // brings the configuration in force to all parts
  std::function<std::string()> not_ready;     // "" = ready
  std::vector<std::string> not_isolated;      // ids of connectors
  std::string data;
};

// What to do about a destination that is not configured any more, and holds deliveries.
std::string mend_of_removed(const std::string& destination);

class HostOperations final : public Operations {
 public:
  explicit HostOperations(Parts parts) : parts_(std::move(parts)) {}

  Task<Result<Trace>> explain(EventId id, std::optional<Trace> so_far) override;
  Task<Result<std::vector<EventSummary>>> find_events(std::string source,
                                                      std::string message_id) override;
  Task<Result<Page<EventSummary>>> tail(TailQuery query) override;
  Task<Result<Page<RejectedEvent>>> rejected(RejectedQuery query) override;
  Task<Result<RejectedEvent>> rejected_event(EventId id) override;
  Task<Result<Reentered>> reenter(ReenterQuery query) override;

  Result<Page<DeliverySummary>> deliveries(const DeliveryQuery& query) override;
  Result<Page<DeadLetter>> dead_letters(const DeadLetterQuery& query) override;
  Task<Result<DeadLetter>> dead_letter(DeliveryId id) override;
  Task<Result<void>> redrive(DeliveryId id, std::string actor) override;
  Task<Result<RedriveAnswer>> redrive_all(RedriveQuery query) override;
  Task<Result<Edited>> edit(EditQuery query) override;

  Task<Result<ReplayPlan>> plan_replay(ReplayQuery query, std::string after) override;
  Task<Result<RerunInfo>> start_replay(ReplayQuery query) override;
  std::vector<RerunInfo> reruns() override;
  Result<RerunInfo> rerun(RerunId id) override;
  Task<Result<RerunInfo>> cancel_rerun(RerunId id, std::string actor) override;
  Task<Result<Page<RerunRest>>> rerun_rest(RerunId id, PageQuery page) override;

  std::vector<DestinationStatus> destinations() override;
  Task<Result<void>> pause(DestinationAct act) override;
  Task<Result<void>> resume(DestinationAct act) override;
  Task<Result<SkipAnswer>> skip(DestinationAct act) override;
  Result<std::vector<SkippedAct>> skips(const std::string& destination) override;
  Task<Result<DestinationCheck>> check(std::string destination) override;
  Task<Result<std::vector<ReadBackRecord>>> read_back(ReadBackQuery query) override;

  Result<std::vector<PullInfo>> pulls() override;
  Task<Result<PullInfo>> run_pull(std::string name, milliseconds wait) override;

  std::vector<ConnectorStatus> connectors() override;
  Result<ConnectorStatus> connector(const std::string& release) override;
  Result<InstallAnswer> install(InstallAsk ask) override;
  Result<void> remove_release(const ReleaseAct& act) override {
    return parts_.packages.remove(act);
  }
  Result<void> clear(const ReleaseAct& act) override;
  std::vector<RolloutView> rollouts() override;
  Result<RolloutView> rollout(const std::string& connector) override;
  Task<Result<RolloutView>> roll_out(RolloutAsk ask) override;
  std::vector<WorkerStatus> workers() override;

  Result<ConfigStatus> config() override;
  Task<Result<Page<ConfigEntry>>> config_history(PageQuery query) override;
  ConfigCheck config_check(const std::string& toml, const std::string& place) override;
  ConfigDiff config_diff(const std::string& toml, const std::string& place) override;
  Task<Result<ConfigApply>> config_apply(std::string toml, std::string place,
                                         std::string actor) override;

  TokenVerdict judge_token(std::string_view value, bool spend) override {
    return parts_.token_keeper.judge(value, spend);
  }
  std::vector<ApiToken> tokens() override { return parts_.token_keeper.book().tokens(); }
  Task<Result<TokenChange>> change_tokens(TokenAct act) override {
    return parts_.token_keeper.change(std::move(act));
  }
  Task<Result<std::uint64_t>> note(AuditEntry entry, std::string_view body) override {
    entry.at = parts_.clock.now();
    return parts_.chain.note(std::move(entry), body);
  }
  void tell(AuditEntry entry) override {
    entry.at = parts_.clock.now();
    parts_.chain.tell(std::move(entry));
  }
  Task<Result<std::vector<AuditEntry>>> audit_entries(AuditQuery query) override {
    return parts_.chain.list(std::move(query));
  }
  ChainHead audit_head() override { return parts_.chain.head(); }
  Task<Result<ChainReport>> verify_audit(std::optional<ChainAnchor> anchor) override {
    return parts_.chain.verify(anchor);
  }
  std::vector<CaptureInfo> captures(const CaptureQuery& query) override {
    return parts_.captures.list(query);
  }
  CaptureStatus capture_status() override { return parts_.captures.status(); }
  Result<KeptCall> capture(const std::string& attempt) override;
  SecretVault& secret_vault() override { return parts_.secret_vault; }
  Task<Result<VaultChange>> change_vault(VaultAct act) override;
  Result<ConnectOffer> begin_connect(std::string destination, std::string redirect_uri) override;
  Task<Result<Connected>> finish_connect(ConnectReturn back) override;
  std::vector<OAuthView> oauth_connections() override;

  std::vector<NoticeView> notices(std::size_t limit) override;
  // All that needs a person now.
  std::vector<Condition> conditions();
  Result<Completeness> completeness(const CompletenessQuery& query) override;
  Task<Result<RecountAnswer>> recount() override;
  Task<Result<BackupCut>> backup_cut() override;
  Result<CompletenessRows> counted(const HourRange& range);
  std::string source_name(NameHash source) const;
  Task<Result<std::vector<DoctorFinding>>> doctor(DoctorReach reach) override;
  Readiness readiness() override;
  std::string metrics() override;

 private:
  // not_found: no such destination, or its connector is not installed.
  Result<std::shared_ptr<const CallTarget>> target(const std::string& destination) const;
  CallDoors call_doors() { return {parts_.clock, parts_.hosting, parts_.egress, parts_.holds}; }
  struct Found {
    delivery::Runner* runner = nullptr;
    delivery::Row row;
  };
  Task<Result<Record>> read_one(EventId id);
  Task<Result<EventSummary>> summary_of(EventId id, Record record);
  // Fills in what was decided, as far as it is.
  Task<void> add_fates(std::vector<EventSummary>& events);
  void add_letter_metrics(const std::string& destination);
  Result<Found> find_dead(const DeliveryId& id);
  DeadLetter dead_letter_of(const std::string& destination, const delivery::Row& row);
  Task<std::vector<TraceAttempt>> last_tries(EventId event, delivery::Row row);
  Task<Result<void>> append_redrive(std::string destination, delivery::Row row, std::string actor);
  // How many letters of a destination the filter lets through, and some of them.
  Task<Result<std::uint64_t>> count_matching(delivery::Runner& runner, DeadLetterFilter filter,
                                             std::vector<DeliveryId>& sample);
  // The destination's runner and setup, or why nothing can be rerun there.
  Result<delivery::Runner*> rerunnable(const std::string& destination);
  Task<Result<RerunInfo>> start_rerun(RerunStarted asked);
  RerunInfo rerun_info(delivery::Runner& runner, const delivery::RerunState& state);
  // Null: no such rerun.
  delivery::Runner* runner_of(RerunId id);
  // The same control record into every partition; waits until the destination's runner obeys it.
  // With `decisions` also until it has read all that was decided before.
  Task<Result<void>> tell(std::string destination, Control control, bool decisions = false);
  Task<void> wait_followed(delivery::Runner& runner, std::vector<PartitionId> partitions,
                           std::vector<Offset> offsets, bool decisions);
  Task<Result<void>> await_followed(std::vector<Offset> ends);
  void add_holds(Trace& trace) const;
  bool is_isolation_off(const InstalledRelease& release) const;
  ConnectorStatus status_of(const InstalledRelease& release) const;
  void find_faults(std::vector<DoctorFinding>& findings);
  void find_trust_faults(std::vector<DoctorFinding>& findings);
  void find_rollout_faults(std::vector<DoctorFinding>& findings);
  void find_support_faults(std::vector<DoctorFinding>& findings);
  Task<Result<Reentered>> retry_webhook(EventId rejected, Record record, std::string actor);
  void find_webhook_faults(const Workspace& workspace, std::vector<DoctorFinding>& findings);
  void find_pull_faults(std::vector<DoctorFinding>& findings);
  void find_vault_faults(std::vector<DoctorFinding>& findings);
  void find_token_faults(std::vector<DoctorFinding>& findings);
  void find_audit_faults(std::vector<DoctorFinding>& findings);
  void find_capture_faults(std::vector<DoctorFinding>& findings);
  void add_capture_metrics();
  void find_oauth_faults(const Workspace& workspace, std::vector<DoctorFinding>& findings);
  Task<void> ask_vendors(std::vector<DoctorFinding>& findings);
  Task<DoctorFinding> ask_vendor(std::string name);

  Parts parts_;
  std::set<std::string> starting_;  // destinations where a rerun is being written into the log
  std::set<std::pair<std::string, std::string>>
      letter_classes_;  // told to metrics: destination, class
};

}  // namespace tenon::app
