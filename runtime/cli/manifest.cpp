// tenon manifest: lint, reference, schema; none of them needs a host.
#include <algorithm>
#include <filesystem>

#include "cli/session.hpp"
#include "manifest/elf_section.hpp"
#include "manifest/manifest.hpp"
#include "manifest/reference/json_schema.hpp"
#include "manifest/reference/reference.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxManifestBytes = 1u << 20;
constexpr std::size_t kMaxManifests = 1'000;

struct LintArguments {
  std::vector<std::string> paths;
  std::string on;  // the day for which it is asked what ends; "" = today
  bool strict = false;
};

// The .toml and .so files directly in a folder, in the order of their names; a file is itself.
Result<std::vector<std::string>> files_at(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> out;
  for (std::filesystem::directory_iterator at(path, error), end; !error && at != end;
       at.increment(error)) {
    const auto extension = at->path().extension();
    if (extension == ".toml" || extension == ".so") out.push_back(at->path().string());
    if (out.size() > kMaxManifests) {
      return invalid("wanted at most " + std::to_string(kMaxManifests) + " manifests", path);
    }
  }
  if (error) return not_found("wanted a readable folder: " + error.message(), path);
  if (out.empty()) return not_found("wanted a folder with .toml or .so files, found none", path);
  std::sort(out.begin(), out.end());
  return out;
}

ManifestCheck check_file(const std::string& path) {
  ManifestCheck out;
  const bool built = std::filesystem::path(path).extension() == ".so";
  const auto toml = built ? read_manifest_text(path) : read_file(path, kMaxManifestBytes);
  if (!toml) {
    out.errors.push_back(toml.error());
    return out;
  }
  return check_manifest(*toml, path + (built ? "(.tenon_manifest)" : ""));
}

Json list_of(const std::vector<Error>& all) {
  auto out = Json::array();
  for (const auto& one : all) out.push_back({{"place", one.context}, {"detail", one.message}});
  return out;
}

std::string lines_of(const std::vector<Error>& all, const std::string& word) {
  std::string out;
  for (const auto& one : all) out += word + " " + clean(one.text(), 1'000) + "\n";
  return out;
}

// What ends soon is told, and is a failure a week before; --strict does not make it one earlier.
Json endings(const ManifestCheck& check, Time now, Session& session, std::string& text,
             std::size_t& errors) {
  Json out = Json::array();
  if (!check.errors.empty()) return out;
  for (const auto& ending : endings_of(check.manifest, now)) {
    out.push_back({{"detail", ending.text}, {"mend", ending.mend}, {"close", ending.close}});
    errors += ending.close ? 1 : 0;
    text += (ending.close ? session.style.bad("error") : session.style.warn("ends soon")) + " " +
            check.manifest.release() + ": " + clean(ending.text, 400) + "; " +
            clean(ending.mend, 400) + "\n";
  }
  return out;
}

int lint(Session& session, const LintArguments& given) {
  const auto on = given.on.empty() ? std::optional<Time>(session.view().now) : parse_day(given.on);
  if (!on) return session.usage("--on: wanted a day as 2027-03-01, found " + clean(given.on, 40));
  Json files = Json::array();
  std::string text;
  std::size_t errors = 0, warnings = 0;
  for (const auto& path : given.paths) {
    const auto found = files_at(path);
    if (!found) return session.fail(found.error());
    for (const auto& file : *found) {
      const auto check = check_file(file);
      errors += check.errors.size();
      warnings += check.warnings.size();
      files.push_back({{"file", file},
                       {"release", check.errors.empty() ? Json(check.manifest.release()) : Json()},
                       {"errors", list_of(check.errors)},
                       {"warnings", list_of(check.warnings)}});
      text += lines_of(check.errors, session.style.bad("error")) +
              lines_of(check.warnings, session.style.warn("warning"));
      files.back()["endings"] = endings(check, *on, session, text, errors);
    }
  }
  const bool good = errors == 0 && (warnings == 0 || !given.strict);
  text += (good ? session.style.good("good") : session.style.bad("not good")) + ": " +
          count_text(files.size(), "manifest", "manifests") + ", " +
          count_text(errors, "error", "errors") + ", " +
          count_text(warnings, "warning", "warnings") + "\n";
  session.print({{"good", good}, {"files", std::move(files)}}, text);
  return good ? kOk : kFailed;
}

}  // namespace

void add_manifest(CLI::App& app, Session& session) {
  auto* group = app.add_subcommand("manifest", "Check manifests; print their reference and schema");
  group->require_subcommand(1);
  group->footer(
      "Needs no host. Exit status of lint: 0 good, 1 not good, 2 wrong usage.\n\n"
      "Examples:\n"
      "  tenon manifest lint manifests/shop.toml\n"
      "  tenon manifest lint --strict manifests build/plain/connectors\n"
      "  tenon manifest reference > manifests/REFERENCE.md\n"
      "  tenon manifest schema > manifests/manifest.schema.json");
  auto given = std::make_shared<LintArguments>();
  auto* linting = group->add_subcommand(
      "lint", "Tell every mistake, with line and key, and what would be better said");
  linting->add_option("PATH", given->paths, "A manifest (.toml), a connector (.so), or a folder")
      ->required();
  linting->add_flag("--strict", given->strict, "A warning is a failure, too");
  linting->add_option("--on", given->on,
                      "Tell what ends as if it were this day; default today. An API's sunset and a "
                      "release's end are told 30 days before, and fail 7 days before");
  linting->callback(
      [&session, given] { session.run = [&session, given] { return lint(session, *given); }; });
  const auto add_text = [&](const char* name, const char* about, auto make) {
    group->add_subcommand(name, about)->callback([&session, make] {
      session.run = [&session, make] {
        session.out() << make();
        return kOk;
      };
    });
  };
  add_text("reference", "Every key of a manifest, with the errors it can raise, as Markdown",
           [] { return manifest::manifest_reference(); });
  add_text("schema", "The JSON Schema (draft 7) of manifests, for editors",
           [] { return manifest::json_schema_text(manifest::manifest_format()); });
}

}  // namespace tenon::cli
