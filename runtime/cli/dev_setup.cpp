// Texts of files.
#include "cli/dev_setup.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/private_file.hpp"
#include "cli/session.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostDevFile = 64 * 1024;
constexpr std::string_view kModelWord = "{model}";

constexpr const char* kHead =
    R"(# Made by tenon dev, anew at each start: every destination is a model of its vendor.

tenant = "dev"
workspace = "dev"
consent = "not_enforced"

# Customers who do not exist. Their events reach models only, whatever routes say.
[[sources]]
name = "sample"
write_key = "env:TENON_DEV_WRITE_KEY"
synthetic = true
)";

}  // namespace

std::string dev_workspace(const std::vector<DevModel>& models) {
  std::string out = kHead;
  for (const auto& model : models) {
    if (model.workspace.empty()) continue;
    std::string lines = model.workspace;
    for (auto at = lines.find(kModelWord); at != std::string::npos;
         at = lines.find(kModelWord, at + model.url.size())) {
      lines.replace(at, kModelWord.size(), model.url);
    }
    out += "\n# " + model.name + "\n" + lines;
    if (out.back() != '\n') out += '\n';
  }
  return out;
}

Result<void> write_dev_place(const std::string& folder, const DevPlace& place) {
  const Json file = {
      {"ingest", place.ingest}, {"write_key", place.write_key}, {"models", place.models}};
  return write_private_file(folder + "/" + kDevFile, file.dump(2) + "\n");
}

Result<DevPlace> read_dev_place(const std::string& folder) {
  const std::string path = folder + "/" + kDevFile;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return not_found("no tenon dev runs in this folder; start one, or name its --folder", folder);
  }
  TENON_TRY_AS(const auto text, read_file(path, kMostDevFile));
  const auto file = Json::parse(text, nullptr, false);
  DevPlace place;
  try {
    file.at("ingest").get_to(place.ingest);
    file.at("write_key").get_to(place.write_key);
    file.at("models").get_to(place.models);
  } catch (const Json::exception& wrong) {
    return corrupt(
        "wanted the file that tenon dev writes, found another: " + std::string(wrong.what()), path);
  }
  return place;
}

std::map<std::string, std::string> model_addresses(const std::string& printed) {
  std::map<std::string, std::string> out;
  std::size_t at = 0;
  for (auto end = printed.find('\n'); end != std::string::npos; end = printed.find('\n', at)) {
    const std::string line = printed.substr(at, end - at);
    at = end + 1;
    const auto space = line.find(' ');
    if (space != std::string::npos) out[line.substr(0, space)] = line.substr(space + 1);
  }
  return out;
}

}  // namespace tenon::cli
