// Loading models, and beginning anew.
#include "models/served_model.hpp"

#include <algorithm>
#include <filesystem>

#include "sdk/testkit/dice.hpp"

namespace tenon::models {
namespace {

namespace fs = std::filesystem;

std::string path_of(const std::string& name, const std::string& folder) {
  return name.ends_with(".so") ? name : folder + "/" + name + ".so";
}

}  // namespace

ServedModel::ServedModel(std::string name, Make make)
    : name_(std::move(name)), make_(std::move(make)) {
  reset();
}

Result<std::unique_ptr<ServedModel>> ServedModel::load(const std::string& name,
                                                       const std::string& folder) {
  const std::string path = path_of(name, folder);
  std::error_code error;
  if (!fs::exists(path, error)) {
    std::string known;
    for (const auto& one : models_in(folder)) known += ", " + one;
    return not_found("wanted the .so of a model" + known + ", found none of that name", name);
  }
  std::string why;
  if (!testkit::load_model(path, why)) return invalid(why);
  // It was loaded once, so it can be again: the file stays open.
  const auto make = [path] {
    std::string ignored;
    return testkit::load_model(path, ignored);
  };
  return std::make_unique<ServedModel>(fs::path(path).stem().string(), make);
}

testkit::ModelReply ServedModel::handle(const testkit::ModelRequest& request, std::int64_t now_ms) {
  return faulty_->handle(request, now_ms, testkit::draw(seed_, ++served_));
}

Result<void> ServedModel::set_options(const std::string& json) {
  if (const auto wrong = model_->set(json); !wrong.empty()) return invalid(wrong, name_);
  if (options_.size() < kMaxOptions) options_.push_back(json);
  return {};
}

Result<void> ServedModel::set_faults(const std::string& text) {
  testkit::Faults faults;
  std::string error;
  if (!testkit::parse_faults(text, faults, error)) return invalid(error, "faults");
  faulty_->set(std::move(faults));
  return {};
}

void ServedModel::set_seed(std::uint64_t seed) {
  seed_ = seed;
  served_ = 0;
}

void ServedModel::reset() {
  auto faults = faulty_ ? faulty_->faults() : testkit::Faults();
  faulty_.reset();
  model_ = make_();
  for (const auto& options : options_) model_->set(options);
  faulty_ = std::make_unique<testkit::FaultyModel>(*model_, std::move(faults));
  served_ = 0;
}

std::string models_folder() {
  std::error_code error;
  const auto self = fs::read_symlink("/proc/self/exe", error);
  if (error) return {};
  for (const char* place : {"models", "../models", "../lib/tenon/models"}) {
    const auto folder = self.parent_path() / place;
    if (fs::is_directory(folder, error)) return fs::weakly_canonical(folder).string();
  }
  return {};
}

std::vector<std::string> models_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".so") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  if (names.size() > kMaxModels) names.resize(kMaxModels);
  return names;
}

}  // namespace tenon::models
