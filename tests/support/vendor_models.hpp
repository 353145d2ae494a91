// The vendors' models by name, with what a VendorServer needs to show and to steer them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "sdk/testkit/model.hpp"

namespace tenon::support {

struct NamedModel {
  std::unique_ptr<testkit::VendorModel> model;
  std::function<std::string()> state;  // JSON: counters and what was written
  // Takes a JSON object of the model's options (mode, quota, throttle_next ...), all optional;
  // invalid: another key, or a value of the wrong type.
  std::function<Result<void>(const std::string&)> set;
};

// By name (hubspot, webhook), or loaded from the .so of a model that tenon_vendor_model() made.
// not_found: neither. invalid: it cannot be loaded.
Result<NamedModel> make_model(const std::string& name);

}  // namespace tenon::support
