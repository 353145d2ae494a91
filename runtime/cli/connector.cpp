// tenon connector: a connector's way from its first line to a host.
#include "cli/connector.hpp"

#include <filesystem>

#include "cli/new_connector.hpp"
#include "cli/package.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;

constexpr const char* kNext[] = {"cmake -B build && cmake --build build",
                                 "ctest --test-dir build --output-on-failure", "./try"};

// Beside this program, where the SDK installs it and the build links it.
Result<std::string> own_templates() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return unavailable("this program's own place is not known: " + error.message());
  return (self.parent_path() / "../share/tenon/template").lexically_normal().string();
}

int make(Session& session, NewConnector wanted) {
  if (wanted.folder.empty()) wanted.folder = wanted.name;
  if (wanted.templates.empty()) {
    auto own = own_templates();
    if (!own) return session.fail(own.error());
    wanted.templates = std::move(*own);
  }
  const auto files = make_project(wanted);
  if (!files) return session.fail(files.error());
  Json next = Json::array({"cd " + wanted.folder});
  for (const char* command : kNext) next.push_back(command);
  std::string text = "made " + wanted.folder + ": the connector " + wanted.name + " (" +
                     wanted.language + "), " + count_text(files->size(), "file", "files") +
                     "\n\nNext:\n";
  for (const auto& command : next) text += "  " + command.get<std::string>() + "\n";
  text += "\nThen read README.md there: which file is what, and what to change first.\n";
  return session.print({{"name", wanted.name},
                        {"language", wanted.language},
                        {"folder", wanted.folder},
                        {"files", *files},
                        {"next", next}},
                       text);
}

}  // namespace

void add_connector(CLI::App& app, Session& session) {
  auto* group =
      app.add_subcommand("connector", "Write, pack, compare, sign and install connectors");
  group->require_subcommand(1);
  group->footer(
      "new, keygen, pack, sign, verify and diff (of files) need no host.\n\n"
      "Examples:\n"
      "  tenon connector new acme\n"
      "  tenon connector pack acme/build/connectors/acme.so acme\n"
      "  tenon connector diff acme-1.0.0.tenonpkg acme-1.1.0.tenonpkg --goldens\n"
      "  tenon connector install acme-1.0.0.tenonpkg");
  auto* command = group->add_subcommand(
      "new", "Make a project: a connector that builds, passes its tests and delivers");
  auto given = std::make_shared<NewConnector>();
  given->language = "cpp";
  command->add_option("NAME", given->name, "The connector's id: a-z, 0-9 and _")->required();
  command->add_option("--lang", given->language, "cpp, c or rust")
      ->check(CLI::IsMember(languages()))
      ->capture_default_str();
  command->add_option("--dir", given->folder, "The folder to make; default: ./NAME");
  command->add_option("--templates", given->templates,
                      "The SDK's templates; default: those installed beside this program");
  command->footer(
      "Code, manifest, goldens, a model of the vendor, a workflow for CI, a README and ./try,\n"
      "which takes an event all the way. Needs the installed SDK, cmake and a compiler.\n\n"
      "Examples:\n"
      "  tenon connector new acme\n"
      "  tenon connector new acme_crm --lang rust --dir ~/connectors/acme");
  command->callback(
      [&session, given] { session.run = [&session, given] { return make(session, *given); }; });
  add_package(*group, session);
  add_installing(*group, session);
  add_diff(*group, session);
}

}  // namespace tenon::cli
