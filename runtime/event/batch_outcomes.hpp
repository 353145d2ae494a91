// BatchOutcomes: put together from the outcomes of a batch, asked for one of them, as bytes.
#pragma once

#include <optional>
#include <vector>

#include "event/attempt.hpp"

namespace tenon {

// Of those that have a place in the batch.
BatchOutcomes batch_outcomes_of(const std::vector<DeliveryOutcome>& outcomes);
// What became of the record at this place, without its `delivery`; nothing: it does not say.
std::optional<DeliveryOutcome> outcome_at(const BatchOutcomes& batch, std::uint32_t place);

void put(Writer& out, const BatchOutcomes& batch);
Result<BatchOutcomes> take_batch_outcomes(Reader& in);

}  // namespace tenon
