// LoadableModel: a vendor's model in a .so of its own, for the programs that serve it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "testkit/model.hpp"

namespace tenon::testkit {

// What `tenon dev` needs to make a host talk to the model.
struct DevSetup {
  // Lines of a workspace file: destinations and routes of this vendor, from the source "sample". In
  // them {model} becomes the address of the model; each destination has `model = "{model}"`.
  std::string workspace;
  // What the lines name as env:NAME, with values that the model takes.
  std::vector<std::pair<std::string, std::string>> secrets;
  std::string options = "{}";  // for set(), before the first request
};

class LoadableModel : public VendorModel {
 public:
  // What the vendor holds, as JSON, for people and tests.
  virtual std::string state() const { return "{}"; }
  // Takes options as a JSON object, all optional. "" or what is wrong with it.
  virtual std::string set(const std::string& options) {
    return options == "{}" ? "" : "wanted {}, since this model has no options";
  }
  // Nothing: tenon dev serves the model and leaves the workspace to you.
  virtual DevSetup dev() const { return {}; }
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

// The one symbol of such a .so; tenon_vendor_model() builds it. Its number is that of the classes
// above: a model of another SDK is refused, not run.
#define TENON_VENDOR_MODEL(Type)                                                   \
  extern "C" __attribute__((visibility("default"))) tenon::testkit::LoadableModel* \
  tenon_vendor_model_v2() {                                                        \
    return new Type();                                                             \
  }
