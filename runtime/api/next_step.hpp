// next_step: what a person can do about a delivery that was given up.
#pragma once

#include <string>
#include <string_view>

#include "audit/trace.hpp"

namespace tenon {

// One or two sentences, with the commands. `reason`: the class of the letter.
std::string next_step_of(DeliveryState state, std::string_view reason, std::string_view destination,
                         std::string_view delivery);

}  // namespace tenon
