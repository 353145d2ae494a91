// tenon connector install, list, show, remove: the packages of a running host.
#include "cli/cells.hpp"
#include "cli/package.hpp"
#include "cli/package_files.hpp"
#include "packages/lock.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::minutes kInstallWithin{5};  // up to 80 MiB to send, to check and to sync

struct InstallArguments {
  std::string what, reason;
  std::vector<std::string> files;
  bool allow_downgrade = false;
};

std::string installed_text(const Json& answer) {
  const std::string release = clean(text_of(answer, "release"));
  std::string text = flag_of(answer, "present") ? release + " was installed already\n"
                                                : "installed " + release + "\n";
  text += "digest " + text_of(answer, "digest") + "\n";
  const auto doubt = text_of(answer, "doubt");
  if (!doubt.empty()) text += "mind: " + clean(doubt, 400) + "\n";
  if (!flag_of(answer, "present")) {
    text += "it moves nobody; where another release runs: tenon rollout start " + release + "\n";
  }
  return text;
}

int install(Session& session, const InstallArguments& given) {
  session.timeout = kInstallWithin;
  const auto package = read_package_file(given.what);  // so that a mistake is told at its file
  if (!package) return session.fail(package.error());
  const auto bytes = packages::write_package(*package);
  if (!bytes) return session.fail(bytes.error());
  const auto path = with_parameters("/api/v1/connectors",
                                    {{"allow_downgrade", given.allow_downgrade ? "true" : ""}});
  const auto answer = session.post(path, *bytes, "application/octet-stream");
  if (!answer) return session.exit_code;
  return session.print(*answer, installed_text(*answer));
}

int remove(Session& session, const InstallArguments& given) {
  const Json body = {{"reason", given.reason}};
  const auto answer =
      session.post("/api/v1/connectors/" + escaped(given.what) + "/remove", body.dump());
  if (!answer) return session.exit_code;
  return session.print(*answer, "removed " + clean(given.what) + "\n");
}

int list(Session& session) {
  const auto page = session.get("/api/v1/connectors");
  if (!page) return session.exit_code;
  return session.print(*page, render_packages(*page, session.view()));
}

int show(Session& session, const InstallArguments& given) {
  const auto answer = session.get("/api/v1/connectors/" + escaped(given.what));
  if (!answer) return session.exit_code;
  return session.print(*answer, render_package(*answer, session.view()));
}

// Of packages as files; without any, of what the running host has.
int lock(Session& session, const InstallArguments& given) {
  packages::Lock lock;
  for (const auto& file : given.files) {
    const auto package = read_package_file(file);
    if (!package) return session.fail(package.error());
    lock.releases.push_back({package->release(), true, package->digest});
  }
  if (given.files.empty()) {
    const auto page = session.get("/api/v1/connectors");
    if (!page) return session.exit_code;
    const Json all = page->value("data", Json::array());
    for (const auto& one : all) {
      if (text_of(one, "id").empty()) continue;  // a file that is no sound connector
      const Json package = one.value("package", Json());
      const bool as_package = package.is_object();
      lock.releases.push_back({text_of(one, "id") + "@" + text_of(one, "version"), as_package,
                               text_of(as_package ? package : one, "digest")});
    }
  }
  Json releases = Json::array();
  for (const auto& one : lock.releases) {
    releases.push_back({{"release", one.release},
                        {"as", one.as_package ? "package" : "so"},
                        {"digest", one.digest}});
  }
  return session.print({{"releases", std::move(releases)}}, packages::text_of(std::move(lock)));
}

}  // namespace

void add_installing(CLI::App& connector, Session& session) {
  auto given = std::make_shared<InstallArguments>();
  const auto add = [&](const char* name, const char* about,
                       int (*run)(Session&, const InstallArguments&)) {
    auto* command = connector.add_subcommand(name, about);
    command->callback([&session, given, run] {
      session.run = [&session, given, run] { return run(session, *given); };
    });
    return command;
  };
  auto* installing = add("install", "Give a package to the running host", &install);
  installing->add_option("PACKAGE", given->what, "A .tenonpkg")->required();
  installing->add_flag("--allow-downgrade", given->allow_downgrade,
                       "Also if a newer version of the connector is installed");
  installing->footer(
      "On disk once it is told. It moves nobody: tenon rollout start makes it a candidate. The "
      "host "
      "refuses\na package that its [trust] does not allow, and other bytes under a version that it "
      "has.\n\n"
      "Examples:\n  tenon connector install acme-1.1.0.tenonpkg");
  auto* listing = connector.add_subcommand("list", "The installed releases, and who signed them");
  listing->callback([&session] { session.run = [&session] { return list(session); }; });
  auto* showing = add("show", "One installed release: files, signatures, changes", &show);
  showing->add_option("RELEASE", given->what, "As acme@1.0.0")->required();
  auto* locking = add("lock", "Print a lock: which bytes each release must have", &lock);
  locking->add_option("PACKAGE", given->files,
                      "Only these .tenonpkg; default: all that the running host has");
  locking->footer(
      "A host that is started with --lock FILE runs the releases of FILE with these bytes, and no "
      "other;\nkeep it with the workspace file.\n\n"
      "Examples:\n  tenon connector lock > connectors.lock\n"
      "  tenond --workspace workspace.toml --lock connectors.lock");
  auto* removing = add("remove", "Take a package off the host, if nothing uses it", &remove);
  removing->add_option("RELEASE", given->what, "As acme@1.0.0")->required();
  removing->add_option("--reason", given->reason, "Why; it is written to the host's log")
      ->required();
}

}  // namespace tenon::cli
