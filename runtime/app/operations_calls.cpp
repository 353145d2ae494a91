// Operations that call a connector on behalf of a person: check, read-back.
#include "app/operations.hpp"
#include "calls/check.hpp"
#include "calls/read_back.hpp"

namespace tenon::app {
namespace {

std::string word_of(sync::PullPhase phase) {
  switch (phase) {
    case sync::PullPhase::idle: return "idle";
    case sync::PullPhase::running: return "running";
    case sync::PullPhase::waiting: return "waiting";
    case sync::PullPhase::failing: return "failing";
    case sync::PullPhase::unusable: break;
  }
  return "unusable";
}

PullInfo info_of(const sync::PullStatus& status) {
  PullInfo info;
  info.name = status.name;
  info.destination = status.destination;
  info.stream = status.stream;
  info.source = status.source;
  info.release = status.release;
  info.state = word_of(status.phase);
  info.reason = status.reason;
  info.interval = status.interval;
  info.failures = status.failures;
  info.cursor = status.state.cursor;
  info.more = status.state.more;
  info.pages = status.state.pages;
  info.events = status.state.events;
  info.rejected = status.state.rejected;
  info.runs = status.runs;
  info.last_page = status.state.last_page;
  info.last_run = status.ended;
  info.next_at = status.next_at;
  return info;
}

}  // namespace

Result<std::shared_ptr<const CallTarget>> HostOperations::target(const std::string& name) const {
  const auto workspace = parts_.config.workspace();
  const Destination* destination = workspace ? workspace->destination(name) : nullptr;
  if (destination == nullptr) {
    return not_found("no destination \"" + name + "\" in the configuration in force");
  }
  TENON_TRY_AS(auto target, target_of(workspace, *destination, parts_.installed));
  return std::shared_ptr<const CallTarget>(std::make_shared<CallTarget>(std::move(target)));
}

Task<Result<DestinationCheck>> HostOperations::check(std::string destination) {
  auto target = this->target(destination);
  if (!target) co_return Error(target.error());
  auto report = co_await run_check(call_doors(), std::move(*target));
  if (!report) co_return Error(report.error());
  DestinationCheck answer;
  answer.ok = !report->failure;
  if (report->failure) {
    answer.reason = report->failure->kind;
    answer.text = report->failure->text;
  }
  answer.exchanges = std::move(report->notes);
  // Whoever mended the credential need not wait for the hold to end.
  if (answer.ok) {
    parts_.delivery.wake(destination);
    parts_.sync.wake();
  }
  co_return answer;
}

Task<Result<std::vector<ReadBackRecord>>> HostOperations::read_back(ReadBackQuery query) {
  auto target = this->target(query.destination);
  if (!target) co_return Error(target.error());
  std::vector<ReadBackKey> keys;
  for (auto& key : query.keys) {
    ReadBackKey one;
    one.record = std::move(key.record);
    one.vendor_ref = std::move(key.vendor_ref);
    keys.push_back(std::move(one));
  }
  auto report = co_await tenon::read_back(call_doors(), std::move(*target), std::move(query.action),
                                          std::move(keys));
  if (!report) co_return Error(report.error());
  if (report->failure) {
    co_return unavailable(report->failure->kind + ": " + report->failure->text,
                          "destination " + query.destination);
  }
  std::vector<ReadBackRecord> answer;
  for (auto& one : report->keys) {
    ReadBackRecord record;
    record.state = one.state == Presence::found    ? ReadBackState::found
                   : one.state == Presence::absent ? ReadBackState::absent
                                                   : ReadBackState::unknown;
    record.vendor_ref = std::move(one.vendor_ref);
    record.record = std::move(one.record);
    record.detail = std::move(one.detail);
    answer.push_back(std::move(record));
  }
  co_return answer;
}

Result<std::vector<PullInfo>> HostOperations::pulls() {
  TENON_TRY_AS(const auto all, parts_.sync.status());
  std::vector<PullInfo> out;
  for (const auto& one : all) out.push_back(info_of(one));
  return out;
}

Task<Result<PullInfo>> HostOperations::run_pull(std::string name, milliseconds wait) {
  auto status = co_await parts_.sync.run_now(std::move(name), wait);
  if (!status) co_return Error(status.error());
  co_return info_of(*status);
}

}  // namespace tenon::app
