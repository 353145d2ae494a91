// Packages and .so files are read here; of a host only the paths are asked for.
#include "cli/diff_side.hpp"

#include <algorithm>
#include <filesystem>

#include "base/hash.hpp"
#include "cli/cells.hpp"
#include "cli/package_files.hpp"
#include "shadow/golden_call.hpp"

namespace tenon::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxGoldens = 1'000;  // of a folder; a package holds no more files
constexpr std::string_view kGoldenFolder = "golden/";

DiffSide side_of(packages::Package package, const std::string& path) {
  DiffSide side;
  for (auto& file : package.files) {
    if (file.name == packages::kConnectorFile) {
      side.so = std::move(file.bytes);
    } else if (file.name == "changes.toml") {
      side.changes = std::move(file.bytes);
      side.changes_place = path + ": changes.toml";
    } else if (file.name.starts_with(kGoldenFolder) && file.name.ends_with(".json")) {
      side.goldens.push_back({file.name, std::move(file.bytes)});
    }
  }
  side.digest = digest_hex(side.so);
  side.manifest = std::move(package.manifest);
  return side;
}

Result<DiffSide> side_of_so(const std::string& path) {
  DiffSide side;
  TENON_TRY_AS(side.so, read_file(path, packages::kMaxSoBytes));
  auto manifest = read_manifest(path);
  if (!manifest) return manifest.error();
  side.manifest = std::move(*manifest);
  side.digest = digest_hex(side.so);
  return side;
}

Result<DiffSide> side_of_package(const std::string& path) {
  TENON_TRY_AS(const std::string bytes, read_file(path, packages::kMaxPackageBytes));
  auto package = packages::read_package(bytes);
  if (!package) return std::move(package).error().in(path);
  return side_of(std::move(*package), path);
}

// The host keeps a package as DIGEST.tenonpkg beside the DIGEST.so that it runs.
Result<DiffSide> side_of_host(Session& session, const std::string& release) {
  const auto answer = session.call("GET", "/api/v1/connectors/" + escaped(release));
  if (!answer) return answer.error();
  const auto json = nlohmann::json::parse(answer->body, nullptr, false);
  if (answer->status != 200 || !json.is_object()) {
    return not_found("wanted a release that the host has (tenon connector list), found: " +
                     clean(json.is_object() ? text_of(json, "detail") : answer->body, 200));
  }
  const fs::path so = text_of(json, "path");
  const fs::path package = fs::path(so).replace_extension(packages::kPackageExtension);
  std::error_code error;
  const bool packed = json.contains("package") && fs::is_regular_file(package, error);
  auto side = packed ? side_of_package(package.string()) : side_of_so(so.string());
  if (!side) return side;
  if (side->manifest.release() != release) {
    return conflict("wanted " + release + " in the host's file, found " + side->manifest.release(),
                    so.string());
  }
  if (const auto known = text_of(json, "digest"); !known.empty() && known != side->digest) {
    return conflict("the file is not the one that the host runs; start tenond again to load it",
                    so.string());
  }
  return side;
}

}  // namespace

Result<DiffSide> find_side(Session& session, const std::string& what) {
  std::error_code error;
  if (fs::is_regular_file(what, error)) {
    return what.ends_with(".so") ? side_of_so(what) : side_of_package(what);
  }
  if (what.find('@') != std::string::npos && what.find('/') == std::string::npos) {
    auto side = side_of_host(session, what);
    if (!side && side.error().kind != ErrorKind::unavailable) {
      return std::move(side).error().in(what);
    }
    return side;
  }
  return not_found("wanted a package, a .so or a release as acme@1.0.0, found no such file", what);
}

Result<std::vector<NamedText>> goldens_in(const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return not_found("wanted a folder of goldens", folder);
  std::vector<fs::path> files;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".json") files.push_back(at->path());
    if (files.size() > kMaxGoldens) {
      return invalid("wanted at most " + std::to_string(kMaxGoldens) + " goldens, found more",
                     folder);
    }
  }
  if (error) return unavailable("cannot be listed: " + error.message(), folder);
  if (files.empty()) return not_found("wanted goldens (*.json), found none", folder);
  std::sort(files.begin(), files.end());
  std::vector<NamedText> out;
  for (const auto& file : files) {
    TENON_TRY_AS(std::string text, read_file(file.string(), shadow::kMaxGoldenBytes));
    out.push_back({std::string(kGoldenFolder) + file.filename().string(), std::move(text)});
  }
  return out;
}

}  // namespace tenon::cli
