// ServedModel: a vendor's model as it is served: with faults, a seed, and a way back to its
// beginning.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "sdk/testkit/faulty_model.hpp"
#include "sdk/testkit/loadable_model.hpp"

namespace tenon::models {

// Not thread-safe.
class ServedModel {
 public:
  using Make = std::function<std::unique_ptr<testkit::LoadableModel>()>;

  // `make` gives a new vendor in its first state, never null.
  ServedModel(std::string name, Make make);

  // `name`: the path of a model's .so, or the name of one in `folder`.
  //   not_found: neither. invalid: it cannot be loaded.
  static Result<std::unique_ptr<ServedModel>> load(const std::string& name,
                                                   const std::string& folder);

  // The next request; its randomness follows from the seed and from how many came before.
  testkit::ModelReply handle(const testkit::ModelRequest& request, std::int64_t now_ms);

  const std::string& name() const { return name_; }
  std::uint64_t seed() const { return seed_; }
  const testkit::FaultyModel& faults() const { return *faulty_; }
  std::string state() const { return model_->state(); }
  testkit::DevSetup dev() const { return model_->dev(); }

  // invalid: what is wrong with the options, or with the text of the faults.
  Result<void> set_options(const std::string& json);
  Result<void> set_faults(const std::string& text);
  // The random numbers begin anew.
  void set_seed(std::uint64_t seed);
  // A new vendor with the options that were set; faults and seed stay, their counts begin anew.
  void reset();

 private:
  std::string name_;
  Make make_;
  std::unique_ptr<testkit::LoadableModel> model_;
  std::unique_ptr<testkit::FaultyModel> faulty_;  // around *model_
  std::vector<std::string> options_;              // as they were set, at most kMaxOptions
  std::uint64_t seed_ = 0, served_ = 0;

  static constexpr std::size_t kMaxOptions = 100;  // later ones are lost by reset()
};

// Where models lie beside the program that runs: models, ../models or ../lib/tenon/models; "" if
// none of them is there.
std::string models_folder();
// The names of the models in a folder, in alphabetical order; at most kMaxModels.
constexpr std::size_t kMaxModels = 100;
std::vector<std::string> models_in(const std::string& folder);

}  // namespace tenon::models
