// Who needs which part of the log: what Retention asks before it forgets.
#pragma once

#include "app/config_keeper.hpp"
#include "backends/file_log/file_log.hpp"
#include "delivery/delivery.hpp"
#include "egress/lease_book.hpp"
#include "inbound/parser.hpp"
#include "pipeline/pipeline.hpp"
#include "retention/retention.hpp"
#include "sync/sync.hpp"

namespace tenon::app {

// All that follow the log; they outlive the doors.
struct Followers {
  pipeline::Pipeline& pipeline;
  delivery::Delivery& delivery;
  sync::Sync& sync;
  inbound::Parser& webhooks;
  LeaseBook& leases;
  ConfigKeeper& config;
};

retention::Doors retention_doors(FileLog& log, Clock& clock, Telemetry& telemetry,
                                 Followers followers);

}  // namespace tenon::app
