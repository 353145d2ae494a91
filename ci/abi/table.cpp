// The table as text.
#include "abi/table.hpp"

#include <charconv>
#include <sstream>
#include <stdexcept>

namespace tenon::abi {
namespace {

constexpr std::string_view kHead =
    "# The layout that Tenon promises to connectors. Written by tenon-abi out of "
    "sdk/include/tenon,\n"
    "# never by hand; see sdk/abi/README.md. A line of a released minor stays as it is for ever.\n";

// "1.7" of major 1.
std::uint32_t minor_of(const std::string& word, std::uint32_t major) {
  const std::string before = std::to_string(major) + ".";
  std::uint32_t minor = 0;
  const char* end = word.data() + word.size();
  if (!word.starts_with(before) ||
      std::from_chars(word.data() + before.size(), end, minor).ptr != end) {
    throw std::runtime_error("wanted a minor like " + before + "0, found \"" + word + "\"");
  }
  return minor;
}

Fact fact_of(const std::string& kind, std::istringstream& words) {
  Fact fact{kind, {}, {}};
  words >> fact.name;
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) throw std::runtime_error("wanted key=value, found " + word);
    std::string key = word.substr(0, equals), value = word.substr(equals + 1);
    if (key == "type" || key == "text") {  // the rest of the line: they hold blanks
      std::string rest;
      std::getline(words, rest);
      value += rest;
    }
    fact.says.emplace_back(std::move(key), std::move(value));
  }
  if (fact.says.empty()) throw std::runtime_error("wanted a fact about " + fact.name);
  return fact;
}

void read_line(const std::string& text, Table& table) {
  std::istringstream words(text);
  std::string first, second, third;
  words >> first >> second;
  if (first == "minor") {
    words >> third;
    if (third != "released" && third != "open") {
      throw std::runtime_error("wanted released or open, found \"" + third + "\"");
    }
    const auto minor = minor_of(second, table.major);
    if (minor != table.minors.size()) throw std::runtime_error("minors are numbered from 0 on");
    if (!table.minors.empty() && !table.minors.rbegin()->second) {
      throw std::runtime_error("only the last minor may be open");
    }
    table.minors[minor] = third == "released";
    return;
  }
  const auto since = minor_of(first, table.major);
  if (!table.minors.contains(since)) throw std::runtime_error("no such minor: " + first);
  if (second != "struct" && second != "field" && second != "enum" && second != "function" &&
      second != "macro") {
    throw std::runtime_error("wanted struct, field, enum, function or macro, found \"" + second +
                             "\"");
  }
  table.lines.push_back({since, fact_of(second, words)});
}

}  // namespace

std::vector<Fact> facts_of(const Layout& layout) {
  std::vector<Fact> facts;
  const auto text = [](auto number) { return std::to_string(number); };
  for (const auto& s : layout.structs) {
    facts.push_back({"struct", s.name, {{"size", text(s.size)}}});
    for (const auto& f : s.fields) {
      facts.push_back({"field",
                       s.name + "." + f.name,
                       {{"offset", text(f.offset)}, {"size", text(f.size)}, {"type", f.type}}});
    }
  }
  for (const auto& v : layout.values) facts.push_back({"enum", v.name, {{"value", text(v.value)}}});
  for (const auto& f : layout.functions) facts.push_back({"function", f.name, {{"type", f.type}}});
  for (const auto& m : layout.macros) facts.push_back({"macro", m.name, {{"text", m.text}}});
  return facts;
}

Table read_table(std::string_view text) {
  Table table;
  std::istringstream in{std::string(text)};
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    try {
      read_line(line, table);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error("line " + std::to_string(number) + ": " + error.what());
    }
  }
  return table;
}

std::string write_table(const Table& table) {
  const std::string major = std::to_string(table.major) + ".";
  std::string out(kHead);
  for (const auto& [minor, released] : table.minors) {
    out += "minor " + major + std::to_string(minor) + (released ? " released\n" : " open\n");
  }
  for (const auto& [since, fact] : table.lines) {
    out += major + std::to_string(since) + " " + fact.key();
    for (const auto& [key, value] : fact.says)
      out.append(" ").append(key).append("=").append(value);
    out += "\n";
  }
  return out;
}

}  // namespace tenon::abi
