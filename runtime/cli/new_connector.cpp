// Copies the templates and puts the new name in place of theirs.
#include "cli/new_connector.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "cli/session.hpp"

namespace tenon::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxName = 64;  // that of an id in a manifest
constexpr std::size_t kMaxFiles = 200;
constexpr std::size_t kMaxFileBytes = 1u << 20;
// The templates are a connector that works, of this name; what all languages share speaks of the
// code by the name that it has in C++.
constexpr std::string_view kTemplateName = "my_vendor";
constexpr std::string_view kTemplateTitle = "My Vendor";
constexpr std::string_view kTemplateCode = "connector.cpp";
constexpr std::pair<std::string_view, std::string_view> kCode[] = {
    {"cpp", kTemplateCode}, {"c", "connector.c"}, {"rust", "src/lib.rs"}};

std::string code_file(const std::string& language) {
  for (const auto& [name, file] : kCode) {
    if (name == language) return std::string(file);
  }
  return std::string(kTemplateCode);
}

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= kMaxName && is_lower(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

// What the author may have meant; empty if nothing comes close.
std::string near_name(const std::string& text) {
  std::string near;
  for (const char c : text) {
    if (is_upper(c)) {
      near += static_cast<char>(c - 'A' + 'a');
    } else {
      near += is_lower(c) || is_digit(c) ? c : '_';
    }
  }
  near.erase(0, near.find_first_not_of("_0123456789"));
  return is_name(near) ? near : std::string();
}

Result<void> check_name(const std::string& name) {
  if (is_name(name)) return {};
  std::string why = "wanted a name of a-z, 0-9 and _, beginning with a letter, at most " +
                    std::to_string(kMaxName) + " long, found \"" + clean(name, 80) + "\"";
  if (const auto near = near_name(name); !near.empty()) why += "; \"" + near + "\" would do";
  return invalid(why, "NAME");
}

void replace_all(std::string& text, std::string_view word, const std::string& by) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size())) {
    text.replace(at, word.size(), by);
  }
}

Result<void> copy_file(const fs::path& from, const fs::path& to, const NewConnector& wanted) {
  auto text = read_file(from.string(), kMaxFileBytes);
  if (!text) return std::move(text).error();
  replace_all(*text, kTemplateName, wanted.name);
  replace_all(*text, kTemplateTitle, title_of(wanted.name));
  replace_all(*text, kTemplateCode, code_file(wanted.language));
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  std::ofstream out(to, std::ios::binary);
  out << *text;
  out.close();
  if (!out) return unavailable("the file cannot be written", to.string());
  const auto executable = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
  if ((fs::status(from, error).permissions() & fs::perms::owner_exec) != fs::perms::none) {
    fs::permissions(to, executable, fs::perm_options::add, error);
  }
  return {};
}

// A file of the language takes the place of a common one of the same name.
Result<void> copy_tree(const fs::path& from, const fs::path& to, const NewConnector& wanted,
                       std::vector<std::string>& files) {
  std::error_code error;
  for (fs::recursive_directory_iterator at(from, error), end; !error && at != end;
       at.increment(error)) {
    if (at->is_directory()) continue;
    const std::string name = fs::relative(at->path(), from).string();
    TENON_TRY(copy_file(at->path(), to / name, wanted));
    if (std::find(files.begin(), files.end(), name) == files.end()) files.push_back(name);
    if (files.size() > kMaxFiles) return invalid("wanted a template, found a large folder", from);
  }
  if (error) return unavailable("the template cannot be read: " + error.message(), from.string());
  return {};
}

Result<fs::path> folder_beside(const fs::path& folder) {
  std::error_code error;
  const fs::path parent = folder.has_parent_path() ? folder.parent_path() : fs::path(".");
  fs::create_directories(parent, error);
  std::string name = (parent / ("." + folder.filename().string() + ".XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) {
    const std::error_code why(errno, std::generic_category());
    return unavailable("cannot be made: " + why.message(), folder.string());
  }
  return fs::path(name);
}

}  // namespace

std::vector<std::string> languages() {
  std::vector<std::string> names;
  for (const auto& row : kCode) names.emplace_back(row.first);
  return names;
}

std::string title_of(const std::string& name) {
  std::string title;
  bool begins = true;
  for (const char c : name) {
    title += c == '_' ? ' ' : begins && is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
    begins = c == '_';
  }
  return title;
}

Result<std::vector<std::string>> make_project(const NewConnector& wanted) {
  TENON_TRY(check_name(wanted.name));
  const fs::path templates = wanted.templates;
  std::error_code error;
  for (const std::string& part : {std::string("common"), wanted.language}) {
    if (!fs::is_directory(templates / part, error)) {
      return not_found("wanted the SDK's templates for " + wanted.language +
                           " here, found none; install the SDK (component sdk), or name its "
                           "folder with --templates",
                       (templates / part).string());
    }
  }
  fs::path folder = fs::path(wanted.folder).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();  // "name/"
  if (fs::exists(fs::symlink_status(folder, error))) {
    return conflict("wanted a folder that is not there yet, found one; choose another with --dir",
                    folder.string());
  }
  TENON_TRY_AS(const fs::path beside, folder_beside(folder));
  std::vector<std::string> files;
  // Made beside its place, in a folder that nobody else has, and moved there as a whole.
  const fs::path whole = beside / "whole";
  Result<void> done = copy_tree(templates / "common", whole, wanted, files);
  if (done) done = copy_tree(templates / wanted.language, whole, wanted, files);
  if (done) {
    fs::rename(whole, folder, error);
    if (error) done = unavailable("cannot be made: " + error.message(), folder.string());
  }
  fs::remove_all(beside, error);
  if (!done) return std::move(done).error();
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace tenon::cli
