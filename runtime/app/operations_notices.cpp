// Operations on what needs a person: the conditions of now, and the notices told of them.
#include <algorithm>

#include "app/operations.hpp"
#include "delivery/auto_pause.hpp"

namespace tenon::app {
namespace {

constexpr std::size_t kMostDestinationsNamed = 100;
constexpr std::chrono::hours kOldLetter{24};

}  // namespace

std::string mend_of_removed(const std::string& destination) {
  return "the log keeps their events; put it back, or give them up: tenon destinations skip " +
         destination + " --reason WHY";
}

std::vector<Condition> HostOperations::conditions() {
  std::vector<Condition> all;
  const auto workspace = parts_.config.workspace();
  if (!workspace) return all;
  for (const auto& destination : workspace->destinations) {
    const std::string& name = destination.name.value;
    delivery::Runner* runner = parts_.delivery.runner(name);
    if (runner == nullptr) continue;
    const auto status = runner->status();
    Condition about;
    about.subject = name;
    about.destinations = {name};
    about.owner = delivery::owner_of(*workspace, destination);
    if (status.pause.paused) {
      Condition paused = about;
      paused.topic = Topic::destination;
      paused.reason = status.pause.reason + " (by " + status.pause.actor + ")";
      paused.since = status.pause.since;
      paused.mend = "events are kept; when the cause is mended: tenon destinations resume " + name;
      all.push_back(std::move(paused));
    }
    const auto oldest = runner->fold().oldest_letter();
    if (oldest && *oldest && parts_.clock.now() - **oldest > kOldLetter) {
      Condition old = about;
      old.topic = Topic::dead_letters;
      old.reason = "deliveries were given up, the oldest " + to_rfc3339(**oldest) +
                   ", and nobody has redriven them";
      old.mend = "tenon dead-letters list --destination " + name;
      all.push_back(std::move(old));
    }
    if (!status.hold) continue;
    Condition held = about;
    const bool refused = status.hold->kind == HintKind::auth_rejected;
    held.topic = refused ? Topic::credential : Topic::breaker;
    held.reason = status.hold->text();
    held.since = status.hold->since;
    held.mend = refused ? "renew the credential, then: tenon destinations check " + name
                        : "nothing is lost, and one record at a time finds out whether the vendor "
                          "is back; to ask now: tenon destinations check " +
                              name;
    all.push_back(std::move(held));
  }
  for (const auto& [name, runner] : parts_.delivery.runners()) {
    if (workspace->destination(name) != nullptr) continue;
    if (runner->fold().window_size() + runner->fold().waiting_rows() == 0) continue;
    Condition removed;
    removed.topic = Topic::destination;
    removed.subject = name;
    removed.owner = workspace->owner;
    removed.reason = "it was taken out of the configuration, and deliveries wait for it";
    removed.mend = mend_of_removed(name);
    all.push_back(std::move(removed));
  }
  for (const auto& release : parts_.hosting.status()) {
    if (release.state != HostedState::quarantined) continue;
    Condition quarantined;
    quarantined.topic = Topic::release;
    quarantined.subject = release.release.value;
    quarantined.reason = release.reason;
    quarantined.owner = workspace->owner;
    quarantined.mend = "install another release; or, if you know why: tenon connectors clear " +
                       release.release.value + " --reason WHY";
    for (const auto& destination : workspace->destinations) {
      const Manifest* used = manifest_of(destination, parts_.installed);
      if (used == nullptr || used->release() != release.release.value) continue;
      if (quarantined.destinations.size() == kMostDestinationsNamed) break;
      quarantined.destinations.push_back(destination.name.value);
    }
    all.push_back(std::move(quarantined));
  }
  for (auto& moved : parts_.rollouts.conditions()) all.push_back(std::move(moved));
  for (auto& broken : parts_.completeness.conditions()) {
    // Told of the notices themselves it would make more of what is wrong: nobody is sent it.
    broken.owner = workspace->owner;
    const std::string own(kNoticeSource);
    if (broken.subject == own || broken.subject.starts_with(own + " to ")) {
      for (const auto& one : workspace->destinations) {
        if (workspace->takes_notices(one.name.value)) broken.destinations.push_back(one.name.value);
      }
    }
    all.push_back(std::move(broken));
  }
  if (parts_.log.full()) {
    Condition full;
    full.topic = Topic::disk;
    full.subject = parts_.data;
    full.owner = workspace->owner;
    full.reason = "the disk is full: events are refused with 429, deliveries go on";
    full.mend = "make room on the disk of the data folder";
    all.push_back(std::move(full));
  }
  return all;
}

std::vector<NoticeView> HostOperations::notices(std::size_t limit) {
  std::vector<NoticeView> all;
  for (auto& notice : parts_.notices.board().list(limit)) {
    NoticeView view;
    view.open = parts_.notices.board().is_open(notice);
    view.notice = std::move(notice);
    all.push_back(std::move(view));
  }
  return all;
}

}  // namespace tenon::app
