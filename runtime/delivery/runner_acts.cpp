// What a runner does beside sending: it pauses itself, and says what a skip would give up.
#include "delivery/auto_pause.hpp"
#include "delivery/runner.hpp"
#include "egress/scrub.hpp"
#include "ports/append_essential.hpp"
#include "ports/control_records.hpp"

namespace tenon::delivery {
namespace {

constexpr std::size_t kMaxPauseReason = 500;

}  // namespace

// Told to the log like an operator's pause, so that it holds over restarts.
Task<Result<void>> Runner::pause_if_hopeless(std::string failure, std::string failure_text) {
  if (pausing_ || fold_->pause().paused || !setup_) co_return Result<void>();
  Trouble trouble;
  trouble.hold = doors_.holds.of(destination_);
  trouble.blocked = doors_.holds.blocked(destination_);
  const auto* tokens = doors_.egress.tokens();
  if (tokens != nullptr) trouble.reconnect = tokens->needs_reconnect(destination_);
  trouble.failure = std::move(failure);
  trouble.failure_text = std::move(failure_text);
  const auto why = why_pause(trouble, doors_.clock.now());
  if (!why) co_return Result<void>();
  pausing_ = true;
  DestinationPaused paused;
  paused.destination = destination_;
  paused.reason = excerpt(*why, kMaxPauseReason);
  paused.actor = kHostActor;
  const std::string owner = owner_of(*setup_->workspace, *setup_->destination);
  doors_.telemetry.log(LogLevel::error, "destination.paused_by_host",
                       {{"destination", destination_}, {"why", paused.reason}, {"owner", owner}});
  doors_.telemetry.count("destination_paused_by_host", {{"destination", destination_}});
  auto records = in_every_partition(Control(std::move(paused)), doors_.clock.now());
  TENON_CO_TRY(append_essential(doors_.log, doors_.clock, std::move(records), AppendWait::durable));
  co_return Result<void>();
}

Task<Result<std::map<std::int64_t, std::int64_t>>> Runner::open_by_hour() {
  auto hours = fold_->open_by_hour();
  if (!hours) co_return Error(hours.error());
  for (std::uint16_t p = 0; p < kPartitions; ++p) {
    Offset at = decisions_at_[p];
    const Offset end = doors_.log.end(PartitionId{p});
    while (at < end) {
      ReadLimits limits;
      limits.streams = stream_bit(Stream::decision);
      TENON_CO_TRY_AS(const auto slice, doors_.log.read(PartitionId{p}, at, limits));
      for (const auto& record : slice.records) {
        const auto decision = decode_decision_for(destination_, record.body);
        if (!decision) co_return Error(decision.error());
        for (const auto& event : decision->events) {
          for (const auto& delivery : event.deliveries) {
            if (delivery.fate != DeliveryFate::deliver) continue;
            const auto known = fold_->is_known(PartitionId{p}, event, delivery.action);
            if (!known) co_return Error(known.error());
            if (!*known) ++(*hours)[us_of(event.received) / 3'600'000'000];
          }
        }
      }
      at = slice.next;
    }
  }
  co_return std::move(*hours);
}

}  // namespace tenon::delivery
