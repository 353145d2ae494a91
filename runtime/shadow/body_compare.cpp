// Walks two trees side by side; recursion is bounded by kMaxBodyDepth.
#include "shadow/body_compare.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "shadow/change_kind.hpp"
#include "shadow/json_depth.hpp"
#include "shadow/shown.hpp"

namespace tenon::shadow {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxOrdered = 100;  // longer lists are not looked at for another order

// An object or a list; anything else is text.
std::optional<json> parse_body(std::string_view text) {
  if (json_depth(text) > kMaxBodyDepth) return std::nullopt;
  json value = json::parse(text, nullptr, false);
  if (!value.is_structured()) return std::nullopt;
  return value;
}

std::string below_place(const std::string& place, std::string_view name) {
  std::string out = place + ".";
  if (name == "*") return out + "~2";
  for (const char c : name) {
    if (out.size() > kMaxPlaceBytes) return shown(out, kMaxPlaceBytes);
    out += c == '~' ? "~0" : c == '.' ? "~1" : std::string(1, c);
  }
  return shown(out, kMaxPlaceBytes);
}

class Walk {
 public:
  explicit Walk(Comparison& out) : out_(out) {}

  void values(const json& before, const json& after, const std::string& place) {
    if (before.is_object() && after.is_object()) return objects(before, after, place);
    if (before.is_array() && after.is_array()) return lists(before, after, place);
    // Numbers are told apart by their kind as well: the vendor sees 1 and 1.0 as they are.
    if (before.type() != after.type() || before != after) add(&before, &after, place);
  }

 private:
  void add(const json* before, const json* after, const std::string& place) {
    Difference one{Rank::request, place, kind_of_values(before, after), {}, {}};
    if (before != nullptr) one.before = shown_json(*before);
    if (after != nullptr) one.after = shown_json(*after);
    out_.add(std::move(one));
  }

  void objects(const json& before, const json& after, const std::string& place) {
    for (const auto& [name, value] : before.items()) {
      const auto other = after.find(name);
      if (other == after.end()) {
        add(&value, nullptr, below_place(place, name));
      } else {
        values(value, *other, below_place(place, name));
      }
    }
    for (const auto& [name, value] : after.items()) {
      if (!before.contains(name)) add(nullptr, &value, below_place(place, name));
    }
  }

  void lists(const json& before, const json& after, const std::string& place) {
    if (before.size() != after.size()) {
      add(&before, &after, place);
    } else if (before.size() <= kMaxOrdered && before != after &&
               std::is_permutation(before.begin(), before.end(), after.begin())) {
      out_.add({Rank::request, place, "order", shown_json(before), shown_json(after)});
      return;
    }
    const std::size_t both = std::min(before.size(), after.size());
    for (std::size_t i = 0; i < both; ++i) values(before[i], after[i], place + ".*");
  }

  Comparison& out_;
};

}  // namespace

void compare_bodies(std::string_view before, std::string_view after, std::string_view root,
                    Comparison& out) {
  if (before == after) return;
  const std::string place(root);
  const auto one = parse_body(before), other = parse_body(after);
  if (!one || !other) {
    out.add({Rank::request, place, kind_of_texts(before, after), shown(before), shown(after)});
    return;
  }
  const std::size_t had = out.differences.size();
  Walk(out).values(*one, *other, place);
  if (out.differences.size() == had && !out.more) {
    out.add({Rank::request, place, "written otherwise", shown(before), shown(after)});
  }
}

}  // namespace tenon::shadow
