// Forms: what the text of a key may look like; each with its words, its test and its pattern.
#pragma once

#include <string>
#include <string_view>

namespace tenon::manifest {

struct Form {
  std::string_view name;     // in the reference
  std::string_view words;    // what stands after "wanted"
  std::string_view pattern;  // the same for editors, as a regular expression of JSON Schema
  bool (*good)(std::string_view text);
  // The message for a bad text where one sentence does not serve all; else nullptr.
  std::string (*explain)(std::string_view text) = nullptr;
};

// "" if the text is of the form, else "wanted ..., found ...".
std::string problem_with(const Form& form, std::string_view text);

namespace forms {
extern const Form name, version, abi;
extern const Form host;         // fixed, or {label} and a suffix
extern const Form path;         // "/3.0"
extern const Form path_prefix;  // "/crm/"
extern const Form token;        // the name of a header or a parameter
extern const Form media_type;   // "application/json"
extern const Form printable;    // a part of a header
extern const Form char_pattern;
extern const Form day;    // "2027-03-01"
extern const Form field;  // a pointer or a plain name
}  // namespace forms

// The text in quotes if it is short and printable, else its length. Never call it on a secret.
std::string shown(std::string_view text);

}  // namespace tenon::manifest
