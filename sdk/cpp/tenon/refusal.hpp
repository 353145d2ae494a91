// Refusal: how connector code leaves a step with a status; caught at the border.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "tenon/tenon.h"

namespace tenon::sdk {

// Thrown inside a connector only; the table turns it into `status` and explains `what()`.
class Refusal : public std::runtime_error {
 public:
  Refusal(tenon_status status, const std::string& why) : std::runtime_error(why), status_(status) {}
  tenon_status status() const { return status_; }

 private:
  tenon_status status_;
};

// The settings cannot be used: name the setting, what was wanted and what was found.
inline Refusal bad_config(const std::string& why) { return Refusal(TENON_E_CONFIG, why); }
// The call contradicts itself, or its state is not ours.
inline Refusal bad_input(const std::string& why) { return Refusal(TENON_E_INPUT, why); }
// No such op, action or stream.
inline Refusal unsupported(const std::string& why) { return Refusal(TENON_E_UNSUPPORTED, why); }

}  // namespace tenon::sdk
