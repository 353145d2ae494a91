// The SDK's own JSON: what the view reads and the writer writes is what nlohmann::json makes of it.
#include "tenon/json_view.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <vector>

#include "tenon/json_writer.hpp"

namespace tenon::sdk {
namespace {

using Tree = nlohmann::ordered_json;

constexpr std::string_view kEvent = R"( {"type":"track" , "email":"Ada@Example.com","n": -12.5e2,
  "flags":[true,false,null,[],{}],"na\u006de":"A\n\"B\" \ud83d\ude00","a/b":{"m~n":[1,2,3]},
  "big":9223372036854775807,"bigger":9223372036854775808,"":"empty"})";

TEST(JsonView, reads_members_items_and_pointers) {
  const JsonView event(kEvent);
  EXPECT_EQ(event["type"].plain(), "track");
  EXPECT_EQ(event["n"].number(), -1250);
  EXPECT_EQ(event["n"].integer(), std::nullopt);
  EXPECT_EQ(event["big"].integer(), INT64_MAX);
  EXPECT_EQ(event["bigger"].integer(), std::nullopt);
  EXPECT_EQ(event["bigger"].number(), 9223372036854775808.0);
  EXPECT_EQ(event["flags"].size(), 5u);
  EXPECT_EQ(event["flags"][0].boolean(), true);
  EXPECT_TRUE(event["flags"][2].is_null());
  EXPECT_EQ(event.at("/a~1b/m~0n/2").raw(), "3");
  EXPECT_EQ(event.at("/").text(), "empty");
  EXPECT_EQ(event.at("").raw(), event.raw());
  EXPECT_EQ(event.size(), 9u);
}

TEST(JsonView, resolves_escapes_in_names_and_texts) {
  const JsonView event(kEvent);
  EXPECT_EQ(event["name"].text(), "A\n\"B\" 😀");
  EXPECT_EQ(event["name"].plain(), std::nullopt);
  EXPECT_TRUE(event["name"].is("A\n\"B\" 😀"));
  EXPECT_FALSE(event["name"].is("A\n\"B\" 😀 "));
  EXPECT_FALSE(event["name"].is("A"));
}

TEST(JsonView, what_is_not_there_is_none_however_far_one_reads_on) {
  const JsonView event(kEvent);
  const JsonView none = event["no"]["such"].at("/thing/0");
  EXPECT_FALSE(none);
  EXPECT_EQ(none.kind(), JsonKind::none);
  EXPECT_EQ(none.text(), "");
  EXPECT_EQ(none.size(), 0u);
  for (const char* pointer : {"type", "/flags/00", "/flags/9", "/flags/-", "/flags/", "/type/0"}) {
    EXPECT_FALSE(event.at(pointer)) << pointer;
  }
  EXPECT_FALSE(event[std::size_t{0}]);
}

TEST(JsonView, the_first_of_two_members_counts) {
  EXPECT_EQ(JsonView(R"({"a":1,"a":2})")["a"].raw(), "1");
}

TEST(JsonWriter, writes_what_is_asked_for) {
  std::string out = "before ";
  JsonWriter json(out);
  json.object().key("a").array().number(1).number(-2.5).null().boolean(true).end_array();
  json.key("b").object().end_object().key("c\"").text("x\n\x01\xff\xc3\xa9").key("d");
  json.value(JsonView(R"( {"e" : 1} )")).key("f").value(JsonView()).end_object();
  EXPECT_EQ(
      out,
      "before {\"a\":[1,-2.5,null,true],\"b\":{},\"c\\\"\":\"x\\n\\u0001\xEF\xBF\xBD\xc3\xa9\","
      "\"d\":{\"e\" : 1},\"f\":null}");
}

// ---- beside nlohmann::json, on mutated texts ----

// The bytes in memory of exactly their size, so that AddressSanitizer sees any step beyond.
struct Exact {
  explicit Exact(const std::string& text) : bytes(new char[text.size()]), size(text.size()) {
    text.copy(bytes.get(), size);
  }
  std::string_view view() const { return {bytes.get(), size}; }
  std::unique_ptr<char[]> bytes;
  std::size_t size;
};

bool whole_number(std::string_view text, std::uint64_t& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}

// Why the trees of one text may differ.
struct Apart {
  bool twice = false;   // a name stands twice
  bool beyond = false;  // a number is too large or too small for a double
};

// The tree that the view sees, down to what json_valid() allows.
Tree tree_of(const JsonView& view, Apart& apart, std::size_t depth = 0) {
  if (depth > kMaxJsonDepth) return nullptr;
  switch (view.kind()) {
    case JsonKind::none: break;
    case JsonKind::null: return nullptr;
    case JsonKind::boolean: return view.boolean().value_or(false);
    case JsonKind::text: return view.text();
    case JsonKind::number:
      if (const auto whole = view.integer()) return *whole;
      // nlohmann::json keeps a few more as whole numbers.
      if (std::uint64_t wide = 0; whole_number(view.raw(), wide)) return wide;
      apart.beyond = apart.beyond || !view.number();
      return view.number().value_or(0);
    case JsonKind::array: {
      Tree list = Tree::array();
      for (const JsonView item : view.items()) list.push_back(tree_of(item, apart, depth + 1));
      return list;
    }
    case JsonKind::object: {
      Tree object = Tree::object();
      for (const auto& [name, value] : view.members()) {
        apart.twice = apart.twice || object.contains(name.text());
        EXPECT_TRUE(view[name.text()]);
        object[name.text()] = tree_of(value, apart, depth + 1);
      }
      return object;
    }
  }
  return Tree(Tree::value_t::discarded);
}

void write_tree(const Tree& tree, JsonWriter& json) {
  if (tree.is_object()) {
    json.object();
    for (const auto& [name, value] : tree.items()) write_tree(value, json.key(name));
    json.end_object();
  } else if (tree.is_array()) {
    json.array();
    for (const Tree& item : tree) write_tree(item, json);
    json.end_array();
  } else if (tree.is_string()) {
    json.text(tree.get<std::string>());
  } else if (tree.is_number_unsigned()) {
    json.number(tree.get<std::uint64_t>());
  } else if (tree.is_number_integer()) {
    json.number(tree.get<std::int64_t>());
  } else if (tree.is_number()) {
    json.number(tree.get<double>());
  } else {
    json.raw(tree.dump());
  }
}

// What nlohmann::json makes of it; nothing if it is not JSON for it, or too deep for us.
std::optional<Tree> parsed(std::string_view text) {
  std::size_t deepest = 0;
  const auto watch = [&](int depth, Tree::parse_event_t event, Tree&) {
    const bool opens =
        event == Tree::parse_event_t::object_start || event == Tree::parse_event_t::array_start;
    deepest = std::max(deepest, static_cast<std::size_t>(depth) + (opens ? 1 : 0));
    return true;
  };
  const Tree tree = Tree::parse(text.begin(), text.end(), watch, false);
  if (tree.is_discarded() || deepest > kMaxJsonDepth) return std::nullopt;
  return tree;
}

void compare(const std::string& text) {
  const Exact exact(text);
  const JsonView view(exact.view());
  Apart apart;
  const Tree mine = tree_of(view, apart);  // must come to an end, whatever the bytes are
  view.at("/a/0/b~1/1");
  const auto theirs = parsed(exact.view());
  // A number beyond double is JSON for us and none for nlohmann::json.
  if (json_valid(exact.view()) != theirs.has_value()) {
    EXPECT_TRUE(json_valid(exact.view()) && apart.beyond) << text;
    return;
  }
  if (!theirs || apart.twice || apart.beyond) return;
  ASSERT_EQ(mine.dump(), theirs->dump()) << text;
  std::string small;
  json_minify(exact.view(), small);
  ASSERT_EQ(Tree::parse(small).dump(), theirs->dump()) << text;
  std::string written;
  JsonWriter writer(written);
  write_tree(mine, writer);
  ASSERT_EQ(Tree::parse(written), *theirs) << text;  // 5.0 may be written as 5
}

const std::vector<std::string>& corpus() {
  static const std::vector<std::string> texts{
      std::string(kEvent),
      R"([0,-0,1.5,-1e-7,1E+3,123456789012345678,0.1,2.2250738585072014e-308,18446744073709551615])",
      R"(["\u0000\u001f\u007f\u00e9\uFFFD\ud834\udd1e","\\\/\b\f\n\r\t\"","日本語 é 😀"])",
      R"({"a":{"b":{"c":[[[[{}]]]]}},"b/":[],"":{"":""}})",
      R"({"results":[{"id":"1","properties":{"email":"a@b.c"},"new":true}],"status":"COMPLETE"})",
      "null",
      "true",
      "\"\"",
      "-1",
      " [ ] ",
      "{}",
      ""};
  return texts;
}

TEST(JsonBesideNlohmann, agrees_on_the_corpus_and_all_its_beginnings) {
  for (const std::string& text : corpus()) {
    for (std::size_t i = 0; i <= text.size(); ++i) compare(text.substr(0, i));
  }
  for (const std::size_t depth : {63u, 64u, 65u}) {
    compare(std::string(depth, '[') + std::string(depth, ']'));
    EXPECT_EQ(json_valid(std::string(depth, '[') + std::string(depth, ']')), depth <= 64);
  }
  compare(std::string(100'000, '['));
}

TEST(JsonBesideNlohmann, differs_on_numbers_beyond_double_only) {
  for (const char* text : {"1e400", "[-1E+999]", R"({"a":{"e":9e9999}})"}) {
    compare(text);
    EXPECT_TRUE(json_valid(text)) << text;
    EXPECT_FALSE(parsed(text)) << text;
  }
  compare("1e-400");
}

TEST(JsonBesideNlohmann, agrees_on_changed_texts) {
  constexpr std::string_view kBytes =
      "{}[]\",:\\ \n/0123456789-+.eEutrnfalsd\xc3\xa9\xed\xa0\x80\xff\x00";
  std::mt19937 random(20261126);
  const auto below = [&](std::size_t limit) { return random() % limit; };
  for (int round = 0; round < 40'000; ++round) {
    std::string text = corpus()[below(corpus().size())];
    for (std::size_t change = 1 + below(4); change > 0 && !text.empty(); --change) {
      const std::size_t at = below(text.size());
      const char byte = kBytes[below(kBytes.size())];
      switch (below(4)) {
        case 0: text[at] = byte; break;
        case 1: text.insert(at, 1, byte); break;
        case 2: text.erase(at, 1 + below(3)); break;
        default: text.insert(at, text.substr(below(text.size()), below(12))); break;
      }
    }
    compare(text);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace tenon::sdk
