// LoadableModel: a vendor's model in a .so of its own, for the programs that serve it.
#pragma once

#include <memory>
#include <string>

#include "testkit/model.hpp"

namespace tenon::testkit {

class LoadableModel : public VendorModel {
 public:
  // What the vendor holds, as JSON, for people and tests.
  virtual std::string state() const { return "{}"; }
  // The part of it that a repeat of an idempotent request must leave as it is: what is kept,
  // without counts of requests. JSON; two models hold the same if their texts are equal.
  virtual std::string holdings() const { return state(); }
  // The credential that the vendor takes in that slot of the manifest.
  virtual std::string credential(const std::string& slot) const { return "test-" + slot; }
};

// A new vendor in its first state; the file stays loaded. Null: `error` says what was wanted and
// found. The model must be of the same SDK and compiler as this program.
std::unique_ptr<LoadableModel> load_model(const std::string& path, std::string& error);

}  // namespace tenon::testkit

// The one symbol of such a .so; tenon_vendor_model() builds it.
#define TENON_VENDOR_MODEL(Type)                                                   \
  extern "C" __attribute__((visibility("default"))) tenon::testkit::LoadableModel* \
  tenon_vendor_model_v1() {                                                        \
    return new Type();                                                             \
  }
