// Opening, running, opening again.
#include "shadow/release_run.hpp"

#include <algorithm>

namespace tenon::shadow {
namespace {

constexpr int kMaxOpens = 3;  // of one call: an idle worker may stop between open and step

// Why it did not open, where that is the release's own doing.
std::optional<Replayed> refusal_of(const Error& error) {
  Replayed out;
  switch (error.kind) {
    case ErrorKind::invalid:
      out.failure = "settings_refused";
      out.failure_text = error.message;
      return out;
    case ErrorKind::unavailable: out.failure = "worker_died"; return out;
    case ErrorKind::timeout: out.failure = "worker_timeout"; return out;
    case ErrorKind::corrupt: out.failure = "illegal_frame"; return out;
    default: return std::nullopt;
  }
}

}  // namespace

Task<Result<InstanceId>> ReleaseRun::instance_for(const std::string& settings) {
  const auto known = open_.find(settings);
  if (known != open_.end()) {
    known->second.used = ++turn_;
    co_return known->second.id;
  }
  if (open_.size() >= kMaxOpenSettings) {
    const auto oldest = std::min_element(
        open_.begin(), open_.end(),
        [](const auto& one, const auto& other) { return one.second.used < other.second.used; });
    const InstanceId id = oldest->second.id;
    open_.erase(oldest);
    co_await doors_.runtime.close(id);
  }
  auto id = co_await doors_.runtime.open(release_, settings);
  if (id) open_[settings] = Open{*id, ++turn_};
  co_return id;
}

Task<Result<Replayed>> ReleaseRun::run(const CapturedCall& call, const std::string& settings,
                                       Replies replies) {
  for (int opens = 1;; ++opens) {
    const auto instance = co_await instance_for(settings);
    if (!instance) {
      auto refusal = refusal_of(instance.error());
      if (!refusal) co_return instance.error();
      if (refusal->lost_worker()) open_.clear();
      co_return std::move(*refusal);
    }
    auto replayed = co_await replay(doors_, *instance, call, replies);
    if (replayed) {
      if (replayed->lost_worker()) open_.clear();  // all instances were in that worker
      co_return replayed;
    }
    if (replayed.error().kind != ErrorKind::not_found || opens == kMaxOpens) co_return replayed;
    open_.clear();
  }
}

Task<void> ReleaseRun::close() {
  const auto open = std::move(open_);
  open_.clear();
  for (const auto& one : open) {
    const InstanceId id = one.second.id;
    co_await doors_.runtime.close(id);
  }
}

}  // namespace tenon::shadow
