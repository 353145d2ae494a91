// Turns the TOML library's document into TomlNodes; the only file that includes the library.
#include "manifest/toml_tree.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>
#include <tuple>

namespace tenon::manifest {
namespace {
struct ParserBroken {};
[[noreturn]] void parser_broken() { throw ParserBroken(); }
}  // namespace
}  // namespace tenon::manifest

// Header-only, since the packaged object code throws, and so that sanitizers see the parser. Its
// assertions fail on some wrong files ("[,]"), where they would end the process or, compiled out,
// be undefined: here they throw, and parse_toml turns that into an error.
#undef NDEBUG
#undef TOML_SHARED_LIB
#undef TOML_HEADER_ONLY
#define TOML_HEADER_ONLY 1
#define TOML_ASSERT(condition) \
  (static_cast<bool>(condition) ? void() : ::tenon::manifest::parser_broken())
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 32
#include <toml++/toml.h>

namespace tenon::manifest {
namespace {

TomlPlace place_of(const toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}

Error at(std::string_view file, TomlPlace place, std::string message) {
  return invalid(std::move(message), place_text(file, place));
}

class Converter {
 public:
  explicit Converter(std::string_view file) : file_(file) {}

  Result<TomlNode> convert(const toml::node& in, std::size_t depth) const {
    TomlNode out;
    out.place = place_of(in.source());
    if (depth > kMaxTomlDepth) {
      return at(file_, out.place,
                "wanted at most " + std::to_string(kMaxTomlDepth) +
                    " tables or arrays inside one another, found more");
    }
    if (const auto* table = in.as_table()) return members(*table, std::move(out), depth);
    if (const auto* array = in.as_array()) {
      out.kind = TomlNode::Kind::array;
      for (const auto& item : *array) {
        TENON_TRY_AS(TomlNode node, convert(item, depth + 1));
        out.items.push_back(std::move(node));
      }
      return out;
    }
    scalar(in, out);
    return out;
  }

 private:
  Result<TomlNode> members(const toml::table& table, TomlNode out, std::size_t depth) const {
    out.kind = TomlNode::Kind::table;
    for (const auto& [key, value] : table) {
      TENON_TRY_AS(TomlNode node, convert(value, depth + 1));
      TomlMember member{std::string(key.str()), place_of(key.source()), std::move(node)};
      out.members.push_back(std::move(member));
    }
    std::stable_sort(out.members.begin(), out.members.end(), [](const auto& a, const auto& b) {
      return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
    });
    return out;
  }

  static void scalar(const toml::node& in, TomlNode& out) {
    if (const auto* text = in.as_string()) {
      out.kind = TomlNode::Kind::string;
      out.text = text->get();
    } else if (const auto* integer = in.as_integer()) {
      out.kind = TomlNode::Kind::integer;
      out.integer = integer->get();
    } else if (const auto* real = in.as_floating_point()) {
      out.kind = TomlNode::Kind::real;
      out.real = real->get();
    } else if (const auto* boolean = in.as_boolean()) {
      out.kind = TomlNode::Kind::boolean;
      out.boolean = boolean->get();
    } else {
      out.kind = TomlNode::Kind::date;
    }
  }

  std::string_view file_;
};

// The library builds and destroys dotted keys by recursion without a bound, so the bound is here.
Result<void> check_dots(std::string_view text, std::string_view file) {
  std::uint32_t line = 1;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto one = text.substr(0, end);
    const auto first = one.find_first_not_of(" \t");
    const bool comment = first == std::string_view::npos || one[first] == '#';
    if (!comment && std::count(one.begin(), one.end(), '.') >
                        static_cast<std::ptrdiff_t>(kMaxTomlDotsPerLine)) {
      return at(file, {line, 1},
                "wanted at most " + std::to_string(kMaxTomlDotsPerLine) +
                    " dots in a line, found more; break the line or shorten the key");
    }
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line;
  }
  return {};
}

// The first line that begins as a table header and goes on as none can.
TomlPlace odd_header(std::string_view text) {
  std::uint32_t line = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') ++line;
    if (text[i] != '[' || (i > 0 && text[i - 1] != '\n')) continue;
    const auto next = text.find_first_not_of("[ \t", i);
    const unsigned char c = next == std::string_view::npos ? '\n' : text[next];
    if (std::isalnum(c) == 0 &&
        std::string_view("_-\"'{]").find(static_cast<char>(c)) == std::string_view::npos) {
      return {line, 1};
    }
  }
  return {};
}

Result<nlohmann::json> json_of(const TomlNode& node) {
  using Kind = TomlNode::Kind;
  switch (node.kind) {
    case Kind::string: return nlohmann::json(node.text);
    case Kind::integer: return nlohmann::json(node.integer);
    case Kind::boolean: return nlohmann::json(node.boolean);
    case Kind::real:
      if (!std::isfinite(node.real)) return invalid("wanted a finite number, found inf or nan");
      return nlohmann::json(node.real);
    case Kind::date: return invalid("wanted a JSON value, found a date; put it in quotes");
    case Kind::array: {
      nlohmann::json out = nlohmann::json::array();
      for (const auto& item : node.items) {
        TENON_TRY_AS(auto value, json_of(item));
        out.push_back(std::move(value));
      }
      return out;
    }
    case Kind::table: {
      nlohmann::json out = nlohmann::json::object();
      for (const auto& member : node.members) {
        TENON_TRY_AS(auto value, json_of(member.node));
        out[member.name] = std::move(value);
      }
      return out;
    }
  }
  return invalid("wanted a JSON value");
}

}  // namespace

const TomlMember* TomlNode::member(std::string_view name) const {
  for (const auto& member : members) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

std::string_view words_for(TomlNode::Kind kind) {
  switch (kind) {
    case TomlNode::Kind::string: return "a string";
    case TomlNode::Kind::integer: return "an integer";
    case TomlNode::Kind::real: return "a decimal number";
    case TomlNode::Kind::boolean: return "true or false";
    case TomlNode::Kind::date: return "a date";
    case TomlNode::Kind::array: return "an array";
    case TomlNode::Kind::table: return "a table";
  }
  return "nothing";
}

std::string place_text(std::string_view file, TomlPlace place) {
  std::string out(file);
  if (place.line == 0) return out;
  if (!out.empty()) out += ':';
  return out + std::to_string(place.line) + ':' + std::to_string(place.column);
}

Result<TomlNode> parse_toml(std::string_view text, std::string_view place) {
  if (text.size() > kMaxTomlBytes) {
    return invalid(
        "wanted a file of at most 1 MiB, found " + std::to_string(text.size()) + " bytes",
        std::string(place));
  }
  TENON_TRY(check_dots(text, place));
  try {
    const toml::parse_result parsed = toml::parse(text);
    if (parsed) return Converter(place).convert(parsed.table(), 0);
    return at(place, place_of(parsed.error().source()),
              "wanted TOML: " + std::string(parsed.error().description()));
  } catch (const ParserBroken&) {
    return at(place, odd_header(text),
              "wanted TOML, found a table header that does not begin with a letter, a digit, _, -"
              " or a quote; write it as [name]");
  }
}

Result<std::string> to_json(const TomlNode& node) {
  TENON_TRY_AS(auto value, json_of(node));
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace tenon::manifest
