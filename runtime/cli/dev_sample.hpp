// sample_event: events of customers who do not exist. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace tenon::cli {

constexpr std::uint64_t kSampleCustomers = 1'000;  // then they come again

// Event `index` of a run, as one line of JSON: of each three one says who a customer is, one what
// they looked at, one what they bought. `run` tells runs apart: it is in each messageId. Addresses
// end in ".invalid", which no mail server and no resolver knows (RFC 2606).
std::string sample_event(std::uint64_t run, std::uint64_t index);

}  // namespace tenon::cli
