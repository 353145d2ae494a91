// Installed releases as text: the table, and one of them with all that its package tells.
#include "cli/cells.hpp"

#include <algorithm>

namespace tenon::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxChangelogLines = 40;

std::string names_in(const json& names) {
  std::string out;
  for (const auto& name : names) {
    if (name.is_string()) out += (out.empty() ? "" : ", ") + name.get<std::string>();
  }
  return out.empty() ? "-" : clean(out, 60);
}

// "acme", "a key that is not known", "nobody", or "-" for a .so without a package.
Table::Cell signed_cell(const json& connector, const Style& style) {
  const auto package = connector.find("package");
  if (package == connector.end() || !package->is_object()) return std::string("-");
  std::string names;
  const auto signers = package->value("signers", json::array());
  for (const auto& signer : signers) {
    const auto name = text_of(signer, "name");
    if (!name.empty()) names += (names.empty() ? "" : ", ") + clean(name, 40);
  }
  if (text_of(*package, "doubt").empty()) return {names, style.good(names)};
  const std::string who = signers.empty() ? "nobody"
                          : names.empty() ? "an unknown key"
                                          : names + " (not for this)";
  return {who, style.warn(who)};
}

// Text of the package's author, line by line, made harmless.
std::string changelog_text(const std::string& text) {
  std::string out;
  std::size_t lines = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    if (++lines > kMaxChangelogLines) return out + "  ...\n";
    out += "  " + clean(text.substr(at, end - at), 200) + "\n";
    at = end + 1;
  }
  return out;
}

std::string package_text(const json& package) {
  std::string out = "content    " + text_of(package, "digest") + ", " +
                    bytes_text(number_of(package, "bytes")) + " packed\n";
  for (const auto& signer : package.value("signers", json::array())) {
    const auto name = text_of(signer, "name");
    out += "signed by  " + (name.empty() ? std::string() : clean(name, 80) + " ") +
           clean(text_of(signer, "key"), 80) + "\n";
  }
  const auto doubt = text_of(package, "doubt");
  if (!doubt.empty()) out += "mind       " + clean(doubt, 400) + "\n";
  for (const auto& file : package.value("files", json::array())) {
    out += "  " + clean(text_of(file, "name"), 100) + "  " + bytes_text(number_of(file, "bytes")) +
           "\n";
  }
  return out;
}

}  // namespace

std::string render_packages(const json& page, const View& view) {
  Table table;
  for (const char* title : {"CONNECTOR", "VERSION", "SIGNED BY", "DIGEST", "USED BY", "STATE"}) {
    table.column(title);
  }
  for (const auto& connector : page.value("data", json::array())) {
    const auto package = connector.value("package", json::object());
    const auto digest =
        text_of(package.is_object() && !package.empty() ? package : connector, "digest");
    const auto problem = clean(text_of(connector, "problem"), 80);
    table.row({cell(connector, "id"), cell(connector, "version"),
               signed_cell(connector, view.style), clean(digest.substr(0, 16), 16),
               names_in(connector.value("destinations", json::array())),
               flag_of(connector, "ok") ? state_cell("ok", view.style)
                                        : Table::Cell(problem, view.style.bad(problem))});
  }
  return finish(table, page, view, "no connectors installed");
}

std::string render_package(const json& connector, const View& view) {
  std::string out = view.style.bold(clean(text_of(connector, "id")) + "@" +
                                    clean(text_of(connector, "version"))) +
                    "  " + clean(text_of(connector, "title")) + "\n";
  out += "actions    " + names_in(connector.value("actions", json::array())) + "\nused by    " +
         names_in(connector.value("destinations", json::array())) + "\nfile       " +
         clean(text_of(connector, "path")) + "\n";
  const auto package = connector.value("package", json());
  out += package.is_object() ? package_text(package)
                             : "content    " + text_of(connector, "digest") +
                                   " (a .so without a package: nobody can have signed it)\n";
  const auto changes = text_of(connector, "changelog");
  if (!changes.empty()) out += "\nchanges, as its maker tells them:\n" + changelog_text(changes);
  return out;
}

}  // namespace tenon::cli
