// Forms: see forms.hpp.
#include "manifest/forms.hpp"

#include <algorithm>

#include "manifest/support.hpp"
#include "manifest/words.hpp"

namespace tenon::manifest {
namespace {

bool is_token(std::string_view text) {
  static constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && text.size() <= kMaxNameBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  kOthers.find(c) != std::string_view::npos;
         });
}

bool is_printable(std::string_view text) {
  return text.size() <= 256 && std::all_of(text.begin(), text.end(),
                                           [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
}

// "" or "/..." without a trailing slash, dot segments, query or fragment.
bool is_path(std::string_view text) {
  if (text.empty()) return true;
  return text.front() == '/' && text.back() != '/' && is_printable(text) &&
         text.find_first_of(" ?#\\%") == std::string_view::npos &&
         text.find("//") == std::string_view::npos &&
         (std::string(text) + "/").find("/../") == std::string::npos &&
         (std::string(text) + "/").find("/./") == std::string::npos;
}

bool is_path_prefix(std::string_view text) {
  return text.empty() || (text.front() == '/' && is_printable(text));
}

bool is_abi(std::string_view text) {
  const auto version = parse_version(std::string(text) + ".0");
  return version && version->pre.empty() && version->major == 1;
}

std::string explain_abi(std::string_view text) {
  const auto version = parse_version(std::string(text) + ".0");
  const bool formed = version && version->pre.empty();
  return std::string("wanted ") +
         (formed ? "ABI major 1, which this host speaks" : "major and minor such as \"1.0\"") +
         ", found " + shown(text);
}

bool is_endpoint_host(std::string_view text) {
  if (text.find('{') == std::string_view::npos) return is_host(text);
  const auto close = text.find('}');
  if (text.front() != '{' || close == std::string_view::npos) return false;
  const auto suffix = text.substr(close + 1);
  return is_name(text.substr(1, close - 1)) && suffix.size() > 1 && suffix.front() == '.' &&
         is_host(suffix.substr(1));
}

std::string explain_host(std::string_view text) {
  if (text.find('{') == std::string_view::npos) {
    return "wanted a host name in lower case such as \"api.vendor.com\", found " + shown(text) +
           "; no scheme, port or path";
  }
  return "wanted one {label} in front of a fixed suffix such as \"{shop}.vendor.com\", found " +
         shown(text);
}

bool is_field(std::string_view text) { return !text.empty() && parse_target(text).has_value(); }

std::string explain_field(std::string_view text) {
  if (text.empty()) return "wanted the name of a field or a pointer to it, found an empty one";
  return parse_target(text).error().message;
}

#define TENON_LABEL "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"

}  // namespace

std::string problem_with(const Form& form, std::string_view text) {
  if (form.good(text)) return {};
  if (form.explain != nullptr) return form.explain(text);
  return "wanted " + std::string(form.words) + ", found " + shown(text);
}

std::string shown(std::string_view text) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
  if (!plain || text.size() > 80) return "a string of " + std::to_string(text.size()) + " bytes";
  return "\"" + std::string(text) + "\"";
}

namespace forms {

constinit const Form name{"name", kNameForm, "^[a-z0-9][a-z0-9_-]{0,63}$", &is_name};
constinit const Form version{"version", "a version such as \"1.4.0\" or \"2.0.0-rc.1\"",
                             "^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)"
                             "(-[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?$",
                             [](std::string_view text) { return parse_version(text).has_value(); }};
constinit const Form day{"day", "a day such as \"2027-03-01\"", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
                         [](std::string_view text) { return parse_day(text).has_value(); }};
constinit const Form abi{"major.minor", "major and minor such as \"1.0\"", "^1\\.(0|[1-9][0-9]*)$",
                         &is_abi, &explain_abi};
constinit const Form host{
    "host", "a host such as \"api.vendor.com\" or \"{shop}.vendor.com\"",
    "^(?=.*\\.[^.]*[a-z]|[^{]*[a-z])(\\{[a-z0-9][a-z0-9_-]{0,63}\\}\\.)?" TENON_LABEL
    "(\\." TENON_LABEL ")+$",
    &is_endpoint_host, &explain_host};
constinit const Form path{"path", "a path such as \"/3.0\" without a slash at its end",
                          "^(?!.*/\\.\\.?(/|$))(/[^/ ?#\\\\%]+)*$", &is_path};
constinit const Form path_prefix{"path prefix", "a path that begins with /", "^(/[ -~]*)?$",
                                 &is_path_prefix};
constinit const Form token{"token", "letters, digits and !#$%&'*+-.^_`|~, as HTTP allows here",
                           "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$", &is_token};
constinit const Form media_type{
    "media type", "a media type such as \"application/json\" without parameters",
    "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}/[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$",
    [](std::string_view text) {
      const auto slash = text.find('/');
      return slash != std::string_view::npos && is_token(text.substr(0, slash)) &&
             is_token(text.substr(slash + 1));
    }};
constinit const Form printable{"text", "at most 256 printable characters, as HTTP allows here",
                               "^[ -~]{0,256}$", &is_printable};
constinit const Form char_pattern{
    "pattern", "a pattern such as \"[a-z0-9-]{1,63}\"", "^\\[.+\\]\\{[0-9]+,[0-9]+\\}$",
    [](std::string_view text) { return parse_pattern(text).has_value(); }};
constinit const Form field{"field", "the name of a field or a pointer to it",
                           "^(/([^~]|~[01])*|[^/].*)$", &is_field, &explain_field};

}  // namespace forms
}  // namespace tenon::manifest
