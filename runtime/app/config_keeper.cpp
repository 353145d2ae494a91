// Reading the configuration out of the log, and putting a new one in.
#include "app/config_keeper.hpp"

#include <algorithm>

#include "base/fail_point.hpp"
#include "event/control.hpp"
#include "ports/append_essential.hpp"

namespace tenon::app {
namespace {

// All configuration records stand in every partition; for the history this one is as good as any.
const PartitionId kReadFrom{0};

using Applied = std::vector<std::pair<ConfigApplied, Time>>;

// Those between two places, the oldest first.
Task<Result<Applied>> read_between(EventLog& log, PartitionId partition, Offset at, Offset to) {
  Applied found;
  ReadLimits limits;
  limits.streams = stream_bit(Stream::control);
  while (at < to) {
    TENON_CO_TRY_AS(const auto slice, log.read(partition, at, limits));
    for (const auto& record : slice.records) {
      if (record.offset >= to) co_return found;
      const auto control = decode_control(record.header.type, record.body);
      if (!control) co_return Error(control.error());
      if (const auto* applied = std::get_if<ConfigApplied>(&*control)) {
        // What was restated for the sake of trimming is no other one.
        const bool again = !found.empty() && found.back().first.digest == applied->digest &&
                           found.back().second == record.header.occurred;
        if (!again) found.emplace_back(*applied, record.header.occurred);
      }
    }
    at = slice.next;
  }
  co_return found;
}

// Some of the newest ones: each chunk that is not new holds one, so the log, which may be large, is
// read as a whole only where an older version wrote it.
Task<Result<Applied>> read_newest(EventLog& log, PartitionId partition,
                                  std::vector<Offset> chunks) {
  const Offset begin = log.begin(partition), end = log.end(partition);
  const Offset late = chunks.size() > 2 ? chunks[chunks.size() - 2] : begin;
  TENON_CO_TRY_AS(auto found, read_between(log, partition, late, end));
  if (!found.empty() || late == begin) co_return found;
  TENON_CO_TRY_AS(found, read_between(log, partition, begin, late));
  co_return found;
}

std::vector<NewRecord> records_of(const Workspace& workspace, const ConfigApplied& applied, Time at,
                                  const std::vector<PartitionId>& partitions) {
  std::vector<NewRecord> records;
  for (const PartitionId partition : partitions) {
    NewRecord record;
    record.partition = partition;
    record.header.stream = Stream::control;
    record.header.type = static_cast<std::uint16_t>(ControlType::config_applied);
    record.header.tenant = hash_of_name(workspace.tenant.value);
    record.header.workspace = hash_of_name(workspace.name.value);
    record.header.config = workspace.version;
    record.header.occurred = at;
    record.body = encode(Control(applied));
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace

// A crash in the middle of an apply leaves the new configuration in some partitions only. The
// newest one counts: it is completed, so that all partitions go on under the same.
Task<Result<void>> ConfigKeeper::restore() {
  ConfigApplied newest;
  Time applied_at{};
  std::vector<std::string> digests;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    const PartitionId partition{p};
    auto chunks = chunks_(partition);
    TENON_CO_TRY_AS(const auto all, read_newest(log_, partition, std::move(chunks)));
    digests.push_back(all.empty() ? "" : all.back().first.digest);
    if (all.empty() || (!newest.digest.empty() && all.back().second <= applied_at)) continue;
    newest = all.back().first;
    applied_at = all.back().second;
  }
  if (newest.digest.empty()) co_return Result<void>();
  auto parsed = parse_workspace(newest.content, "configuration in the log");
  if (!parsed) {
    co_return corrupt("the configuration in force does not parse with this version: " +
                      parsed.error().errors.front().text() +
                      "; start with --workspace FILE and a corrected file");
  }
  std::vector<PartitionId> behind;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    if (digests[p] != newest.digest) behind.push_back(PartitionId{p});
  }
  auto workspace = std::make_shared<Workspace>(std::move(*parsed));
  if (!behind.empty()) {
    auto records = records_of(*workspace, newest, applied_at, behind);
    TENON_CO_TRY(append_essential(log_, clock_, std::move(records), AppendWait::durable));
  }
  put_in_force(std::move(workspace), newest, applied_at);
  TENON_FAIL_POINT("config.restored");
  co_return Result<void>();
}

void ConfigKeeper::put_in_force(std::shared_ptr<const Workspace> workspace,
                                const ConfigApplied& applied, Time at) {
  applied_workspace_ = std::move(workspace);
  resolve_again();
  applied_ = applied;
  status_.workspace = applied.workspace;
  status_.digest = applied.digest;
  status_.actor = applied.actor;
  status_.content = applied.content;
  status_.version = workspace_->version;
  status_.applied = at;
}

void ConfigKeeper::resolve_again() {
  workspace_ = applied_workspace_;
  if (!resolve_ || !applied_workspace_) return;
  auto resolved = std::make_shared<Workspace>(*applied_workspace_);
  resolve_(*resolved);
  workspace_ = std::move(resolved);
}

ConfigCheck ConfigKeeper::check(const std::string& toml, const std::string& place) const {
  ConfigCheck check;
  auto parsed = parse_workspace(toml, place);
  if (!parsed) {
    check.errors = parsed.error().errors;
    return check;
  }
  Workspace as_it_would_run = *parsed;
  if (resolve_) resolve_(as_it_would_run);
  // One that is not installed any more is not the file's fault: its destination waits, and says so.
  const auto forget_missing = [&](Destination& one) {
    if (one.follows_rollout && manifest_of(one, installed_) == nullptr) one.release.clear();
  };
  for (auto& destination : as_it_would_run.destinations) forget_missing(destination);
  for (auto& source : as_it_would_run.sources) {
    if (source.webhook) forget_missing(source.webhook->instance);
  }
  check.errors = check_workspace(as_it_would_run, installed_);
  if (workspace_ && (parsed->tenant != workspace_->tenant || parsed->name != workspace_->name)) {
    check.errors.push_back(conflict(
        "this data folder belongs to workspace \"" + workspace_->name.value + "\" of tenant \"" +
            workspace_->tenant.value + "\"; use another --data folder for another workspace",
        place));
  }
  for (const auto& destination : as_it_would_run.destinations) {
    if (!models_only_ || !destination.model.empty()) continue;
    check.errors.push_back(
        invalid("wanted model = \"http://127.0.0.1:PORT\", found none; this host was started with "
                "--models-only and reaches no vendor",
                place + ": destinations[" + destination.name.value + "]"));
  }
  check.workspace = parsed->name.value;
  check.digest = parsed->digest;
  check.version = parsed->version;
  return check;
}

std::vector<std::string> ConfigKeeper::changes(const std::string& toml,
                                               const std::string& place) const {
  auto parsed = parse_workspace(toml, place);
  if (!parsed) return {};
  return config_diff(applied_workspace_ ? *applied_workspace_ : Workspace{}, *parsed);
}

Task<Result<ConfigApply>> ConfigKeeper::apply(std::string toml, std::string place,
                                              std::string actor) {
  ConfigApply answer;
  answer.check = check(toml, place);
  if (!answer.check.errors.empty()) co_return answer;
  if (workspace_ && workspace_->digest == answer.check.digest) co_return answer;
  auto parsed = parse_workspace(toml, place);
  ConfigApplied applied;
  applied.workspace = parsed->name.value;
  applied.content = toml;
  applied.digest = parsed->digest;
  applied.actor = actor;
  std::vector<PartitionId> everywhere;
  for (std::uint16_t p = 0; p < kPartitions; ++p) everywhere.push_back(PartitionId{p});
  auto workspace = std::make_shared<Workspace>(std::move(*parsed));
  const Time now = clock_.now();
  auto records = records_of(*workspace, applied, now, everywhere);
  TENON_FAIL_POINT("config.checked");
  applying_ = true;
  const auto appended =
      co_await append_essential(log_, clock_, std::move(records), AppendWait::durable);
  applying_ = false;
  if (!appended) co_return appended.error();
  TENON_FAIL_POINT("config.appended");
  put_in_force(std::move(workspace), applied, now);
  TENON_FAIL_POINT("config.in_force");
  answer.applied = true;
  co_return answer;
}

// Its place is fixed within this call, so nothing that is applied later can come before it.
Task<Result<void>> ConfigKeeper::restate(PartitionId partition) {
  if (applying_ || !workspace_) co_return Result<void>();
  auto records = records_of(*workspace_, applied_, status_.applied, {partition});
  auto appended =
      co_await log_.append(std::move(records), AppendClass::essential, AppendWait::queued);
  if (!appended) co_return std::move(appended).error();
  co_return Result<void>();
}

Task<Result<Page<ConfigEntry>>> ConfigKeeper::history(PageQuery query) {
  const Offset begin = log_.begin(kReadFrom), end = log_.end(kReadFrom);
  TENON_CO_TRY_AS(auto all, read_between(log_, kReadFrom, begin, end));
  std::reverse(all.begin(), all.end());
  std::size_t first = 0;
  for (const char c : query.after) {
    if (c < '0' || c > '9' || first > all.size()) co_return invalid("not a cursor of this list");
    first = first * 10 + static_cast<std::size_t>(c - '0');
  }
  Page<ConfigEntry> page;
  for (std::size_t i = first; i < all.size(); ++i) {
    if (page.data.size() == query.limit) {
      page.next = std::to_string(i);
      break;
    }
    ConfigEntry entry;
    entry.workspace = all[i].first.workspace;
    entry.digest = all[i].first.digest;
    entry.actor = all[i].first.actor;
    entry.version = config_version_of(entry.digest);
    entry.applied = all[i].second;
    page.data.push_back(std::move(entry));
  }
  co_return page;
}

}  // namespace tenon::app
