// All fail points: the one list, in the order in which an event meets them. Only fail_point.cpp
// reads it, so that a new point costs no more than that file and its own.
#pragma once

#include <array>
#include <string_view>

#include "base/fail_point.hpp"

namespace tenon::fail {

struct Point {
  std::string_view name;
  Kind kind;
};

constexpr auto kPoints = std::to_array<Point>({
    // Starting.
    {"log.open.locked", Kind::step},
    {"log.id.write", Kind::write},
    {"log.id.sync", Kind::sync},
    {"log.id.rename", Kind::rename},
    {"log.id.sync_directory", Kind::sync},
    {"log.open.lane", Kind::step},
    {"log.open.mend", Kind::write},
    {"log.open.sync", Kind::sync},
    {"log.reserve.open", Kind::open},
    {"log.reserve.refill", Kind::write},
    {"log.reserve.sync", Kind::sync},
    {"log.reserve.give", Kind::resize},
    {"config.restored", Kind::step},
    {"config.checked", Kind::step},
    {"config.appended", Kind::step},
    {"config.in_force", Kind::step},
    {"secrets.read", Kind::error},
    {"state.open", Kind::error},
    {"host.serving", Kind::step},
    // An event comes in.
    {"ingest.append", Kind::step},
    {"ingest.appended", Kind::step},
    {"log.append.queued", Kind::step},
    {"log.append.placed", Kind::step},
    {"log.frames.write", Kind::write},
    {"log.lane.written", Kind::step},
    {"log.zeros.write", Kind::write},
    {"log.sync", Kind::sync},
    {"log.synced", Kind::step},
    {"log.acknowledged", Kind::step},
    {"log.chunk.open", Kind::open},
    {"log.chunk.header", Kind::write},
    {"log.chunk.zeros", Kind::write},
    {"log.chunk.sync", Kind::sync},
    {"log.chunk.rename", Kind::rename},
    {"log.chunk.sync_directory", Kind::sync},
    {"log.chunk.made", Kind::step},
    // It is decided.
    {"pipeline.read", Kind::step},
    {"pipeline.decide", Kind::step},
    {"pipeline.decided", Kind::step},
    {"pipeline.flush", Kind::step},
    {"state.begin", Kind::error},
    {"state.inside", Kind::error},
    {"state.commit", Kind::error},
    {"state.committed", Kind::step},
    // It is delivered.
    {"delivery.restored", Kind::step},
    {"delivery.decision.read", Kind::step},
    {"delivery.claimed", Kind::step},
    {"delivery.loaded", Kind::step},
    {"worker.spawn", Kind::step},
    {"worker.ready", Kind::step},
    {"worker.step", Kind::step},
    {"worker.answered", Kind::step},
    {"delivery.begin.append", Kind::step},
    {"delivery.begin.appended", Kind::step},
    {"rate.lease.append", Kind::step},
    {"rate.lease.appended", Kind::step},
    {"egress.send", Kind::step},
    {"egress.answered", Kind::step},
    {"delivery.outcome.append", Kind::step},
    {"delivery.outcome.appended", Kind::step},
    {"delivery.outcome.fold", Kind::step},
    {"delivery.outcome.folded", Kind::step},
    {"delivery.retry.due", Kind::step},
    {"delivery.hold.met", Kind::step},
    {"capture.append", Kind::step},
    {"capture.write", Kind::write},
    {"capture.appended", Kind::step},
    {"delivery.dead.append", Kind::step},
    {"delivery.dead.appended", Kind::step},
    {"delivery.cut_short", Kind::step},
    // People act on it.
    {"operator.redrive.append", Kind::step},
    {"operator.redrive.appended", Kind::step},
    {"operator.act.append", Kind::step},
    {"operator.act.appended", Kind::step},
    {"operator.act.followed", Kind::step},
    {"reenter.append", Kind::step},
    {"reenter.appended", Kind::step},
    {"reenter.marked", Kind::step},
    {"vault.next.open", Kind::open},
    {"vault.next.write", Kind::write},
    {"vault.next.sync", Kind::sync},
    {"vault.keep", Kind::rename},
    {"vault.rename", Kind::rename},
    {"vault.sync_directory", Kind::sync},
    {"vault.changed", Kind::step},
    {"vault.noted", Kind::step},
    {"chain.append", Kind::step},
    {"chain.appended", Kind::step},
    {"rollout.append", Kind::step},
    {"rollout.appended", Kind::step},
    // Vendors have news.
    {"pull.page.read", Kind::step},
    {"pull.page.appended", Kind::step},
    {"pull.events.appended", Kind::step},
    {"pull.mark.appended", Kind::step},
    {"webhook.append", Kind::step},
    {"webhook.kept", Kind::step},
    {"webhook.parsed", Kind::step},
    {"webhook.events.appended", Kind::step},
    {"webhook.end.appended", Kind::step},
    // Stopping.
    {"stop.begun", Kind::step},
    {"stop.requests_ended", Kind::step},
    {"stop.drained", Kind::step},
    {"stop.joined", Kind::step},
    {"stop.flushed", Kind::step},
});

// Bugs on purpose, to prove that the crash matrix would find them.
constexpr auto kBugs = std::to_array<std::string_view>({
    "acknowledged_before_sync",
    "cursor_before_rows",
    "begin_not_recorded",
    "sync_tried_again",
    "new_key_each_try",
});

}  // namespace tenon::fail
