// tenon config: check, diff, apply, history, show; check also works without a host.
#include <algorithm>
#include <filesystem>

#include "cli/session.hpp"
#include "manifest/workspace.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxConfigBytes = 1u << 20;
constexpr std::size_t kMaxConnectors = 1'000;

struct ConfigArguments {
  PageOptions page;
  std::string file, connectors;
};

// The manifests of all .so files in a folder, in the order of their names.
Result<std::vector<Manifest>> installed_in(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> paths;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() == ".so") paths.push_back(at->path().string());
    if (paths.size() > kMaxConnectors) {
      return invalid("wanted at most " + std::to_string(kMaxConnectors) + " connectors", folder);
    }
  }
  if (error) return not_found("wanted a readable folder of connectors: " + error.message(), folder);
  std::sort(paths.begin(), paths.end());
  std::vector<Manifest> manifests;
  for (const auto& path : paths) {
    auto manifest = read_manifest(path);
    if (!manifest) return std::move(manifest).error().in(path);
    manifests.push_back(std::move(*manifest));
  }
  return manifests;
}

Json errors_json(const std::vector<Error>& errors) {
  auto out = Json::array();
  for (const auto& error : errors) {
    out.push_back({{"place", error.context}, {"detail", error.message}});
  }
  return out;
}

int tell_check(Session& session, const Json& check, const std::string& how) {
  const bool valid = flag_of(check, "valid");
  const auto errors = check.value("errors", Json::array());
  std::string text = render_config_errors(errors, session.view());
  text += valid ? session.style.good("valid") + ": workspace " + text_of(check, "workspace") +
                      ", version " + text_of(check, "version") + " (checked " + how + ")\n"
                : count_text(errors.size(), "error", "errors") + " (checked " + how + ")\n";
  session.print(check, text);
  return valid ? kOk : kFailed;
}

int check_offline(Session& session, const ConfigArguments& given, const std::string& toml) {
  auto installed = installed_in(given.connectors);
  if (!installed) return session.fail(installed.error());
  const auto workspace = parse_workspace(toml, given.file);
  const auto errors =
      workspace ? check_workspace(*workspace, *installed) : workspace.error().errors;
  Json check = {{"valid", errors.empty()}, {"errors", errors_json(errors)}};
  if (workspace) {
    check["workspace"] = workspace->name.value;
    check["digest"] = workspace->digest;
    check["version"] = workspace->digest.substr(0, 16);
  }
  return tell_check(session, check,
                    "against " + count_text(installed->size(), "connector", "connectors") + " in " +
                        given.connectors);
}

int check(Session& session, const ConfigArguments& given) {
  const auto toml = read_file(given.file, kMaxConfigBytes);
  if (!toml) return session.fail(toml.error());
  if (!given.connectors.empty()) return check_offline(session, given, *toml);
  const auto answer = session.post(with_parameters("/api/v1/config/check", {{"file", given.file}}),
                                   *toml, "application/toml");
  if (!answer) {
    if (session.exit_code == kUnreachable && !session.json) {
      session.err() << "  Or check without a host: tenon config check " << given.file
                    << " --connectors DIR\n";
    }
    return session.exit_code;
  }
  return tell_check(session, *answer, "by the host");
}

int diff(Session& session, const ConfigArguments& given) {
  const auto toml = read_file(given.file, kMaxConfigBytes);
  if (!toml) return session.fail(toml.error());
  const auto answer = session.post(with_parameters("/api/v1/config/diff", {{"file", given.file}}),
                                   *toml, "application/toml");
  if (!answer) return session.exit_code;
  return session.print(*answer, render_config_diff(*answer));
}

int apply(Session& session, const ConfigArguments& given) {
  const auto toml = read_file(given.file, kMaxConfigBytes);
  if (!toml) return session.fail(toml.error());
  const auto answer = session.post(with_parameters("/api/v1/config/apply", {{"file", given.file}}),
                                   *toml, "application/toml");
  if (!answer) return session.exit_code;
  return session.print(
      *answer, (flag_of(*answer, "applied") ? "applied: version " : "in force already: version ") +
                   text_of(*answer, "version") + "\n");
}

int history(Session& session, const ConfigArguments& given) {
  const auto page = session.get(
      with_parameters("/api/v1/config/history",
                      {{"limit", std::to_string(given.page.limit)}, {"after", given.page.after}}));
  if (!page) return session.exit_code;
  return session.print(*page, render_config_history(*page, session.view()));
}

int show_config(Session& session, const ConfigArguments&) {
  const auto config = session.get("/api/v1/config");
  if (!config) return session.exit_code;
  return session.print(*config, text_of(*config, "content"));
}

}  // namespace

void add_config(CLI::App& app, Session& session) {
  auto* group = app.add_subcommand("config", "Check, compare and apply the workspace file");
  group->require_subcommand(1);
  group->footer(
      "Examples:\n"
      "  tenon config check workspace.toml\n"
      "  tenon config check workspace.toml --connectors build/connectors    (needs no host)\n"
      "  tenon config diff workspace.toml && tenon config apply workspace.toml\n"
      "  tenon config show > workspace.toml");
  auto given = std::make_shared<ConfigArguments>();
  const auto add = [&](const char* name, const char* about, auto action) {
    auto* command = group->add_subcommand(name, about);
    command->callback([&session, given, action] {
      session.run = [&session, given, action] { return action(session, *given); };
    });
    return command;
  };
  const auto with_file = [&](CLI::App* command) {
    command->add_option("FILE", given->file, "Workspace file (TOML); - reads stdin")->required();
    return command;
  };
  auto* checking = with_file(add("check", "Tell every mistake, with line and key", &check));
  checking->add_option("--connectors", given->connectors,
                       "Check without a host, against the .so files of this folder");
  with_file(add("diff", "Show what would change", &diff));
  with_file(
      add("apply", "Check it and put it in force; nothing changes if it has a mistake", &apply));
  given->page.add_to(*add("history", "List what was applied, when and by whom", &history));
  add("show", "Print the file in force", &show_config);
}

}  // namespace tenon::cli
