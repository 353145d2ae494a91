// Pipeline, destinations, pulls, webhooks and limits as followers of the log.
#include "app/log_keeping.hpp"

#include <algorithm>
#include <limits>

namespace tenon::app {
namespace {

using retention::Follower;

const Offset kNothing{std::numeric_limits<std::uint64_t>::max()};

Task<Result<Offset>> here(Result<Offset> value) { co_return value; }

// Each partition has a state of its own.
Follower of_pipeline(pipeline::Pipeline& pipeline, PartitionId own) {
  Follower out;
  out.name = "pipeline";
  out.sync = [&pipeline, own] { return pipeline.sync(own); };
  out.needed_from = [&pipeline, own](PartitionId p) {
    return here(p == own ? pipeline.needed_from(p) : kNothing);
  };
  return out;
}

Follower of_destination(const std::string& name, delivery::Runner& runner) {
  Follower out;
  out.name = "destination " + name;
  out.sync = [&runner] { return runner.sync(); };
  out.needed_from = [&runner](PartitionId p) { return runner.needed_from(p); };
  return out;
}

// The pipeline first: what is decided between its look and theirs, a destination needs no more of.
std::vector<Follower> followers_of(const Followers& all) {
  std::vector<Follower> out;
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    out.push_back(of_pipeline(all.pipeline, PartitionId{p}));
  }
  for (const auto& [name, runner] : all.delivery.runners()) {
    out.push_back(of_destination(name, *runner));
  }
  Follower pulls;
  pulls.name = "pulls";
  pulls.sync = [&sync = all.sync] { return sync.sync(); };
  pulls.needed_from = [&sync = all.sync](PartitionId p) { return here(sync.needed_from(p)); };
  out.push_back(std::move(pulls));
  Follower webhooks;
  webhooks.name = "webhooks";
  webhooks.sync = [&parser = all.webhooks] { return parser.sync(); };
  webhooks.needed_from = [&parser = all.webhooks](PartitionId p) {
    return here(parser.needed_from(p));
  };
  out.push_back(std::move(webhooks));
  Follower limits;
  limits.name = "limits";
  limits.sync = [&leases = all.leases] { return leases.sync(); };
  limits.needed_from = [&leases = all.leases](PartitionId p) { return leases.needed_from(p); };
  out.push_back(std::move(limits));
  return out;
}

Result<Offset> resting_from(delivery::Delivery& delivery, PartitionId p) {
  Offset from = kNothing;
  for (const auto& [name, runner] : delivery.runners()) {
    TENON_TRY_AS(const auto oldest, runner->fold().oldest_row(p));
    if (oldest) from = std::min(from, *oldest);
  }
  return from;
}

}  // namespace

retention::Doors retention_doors(FileLog& log, Clock& clock, Telemetry& telemetry,
                                 Followers followers) {
  retention::Doors doors{log, clock, telemetry, {}, {}, {}, {}, {}, {}, {}, {}};
  doors.chunks = [&log](PartitionId p) { return log.chunks(p); };
  doors.bytes_from = [&log](PartitionId p, Offset from) { return log.bytes_from(p, from); };
  doors.followers = [followers] { return followers_of(followers); };
  doors.resting_from = [followers](PartitionId p) { return resting_from(followers.delivery, p); };
  doors.ids_from = [followers](PartitionId p) -> Result<Offset> {
    TENON_TRY_AS(const auto oldest, followers.pipeline.fold(p).oldest_id());
    return oldest.value_or(kNothing);
  };
  doors.dedupe_window = [followers] {
    const auto workspace = followers.config.workspace();
    return workspace ? workspace->dedupe_window : std::chrono::seconds::max();
  };
  doors.restate_config = [followers](PartitionId p) { return followers.config.restate(p); };
  doors.forget = [followers](PartitionId p, Offset begin) {
    return followers.pipeline.fold(p).forget_before(begin);
  };
  return doors;
}

}  // namespace tenon::app
