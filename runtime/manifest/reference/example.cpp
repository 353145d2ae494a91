// The example file: see example.hpp.
#include "manifest/reference/example.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace tenon::manifest {
namespace {

struct Line {
  const KeyRow* row;  // nullptr: a header or an empty line
  std::string text;
};

std::string in_quotes(std::string_view word) { return "\"" + std::string(word) + "\""; }

class ExampleWriter {
 public:
  explicit ExampleWriter(const Format& format) : format_(format) {}

  std::vector<Line> write() && {
    body("", nullptr, {});
    return std::move(lines_);
  }

 private:
  // The row whose value decides which other keys of the table may be there, if any does.
  const KeyRow* decider(std::string_view table) const {
    for (const auto* row : format_.rows_of(table)) {
      if (!row->only_if.key.empty()) return format_.row(table, row->only_if.key);
    }
    return nullptr;
  }

  static bool fits(const KeyRow& row, const std::string& decided) {
    const auto values = words_of(row.only_if.values);
    return row.only_if.key.empty() ||
           std::find_if(values.begin(), values.end(), [&](const std::string& value) {
             return in_quotes(value) == decided;
           }) != values.end();
  }

  // One table. Without `variant` all of its keys; else those that `variant` needs.
  void body(const std::string& table, const KeyRow* decides, std::string_view variant) {
    const auto decided =
        variant.empty() && decides != nullptr ? std::string(decides->example) : in_quotes(variant);
    for (const auto* row : format_.rows_of(table)) {
      const bool depends = !row->only_if.key.empty();
      if (row->is_table() || !fits(*row, decided)) continue;
      if (!variant.empty() && !depends && row != decides && row->need == Need::optional) continue;
      std::string value(row->example);
      if (!variant.empty() && (row == decides || row->key == "name")) value = in_quotes(variant);
      lines_.push_back({row, std::string(row->key) + " = " + value});
    }
    if (!variant.empty()) return;
    for (const auto* row : format_.rows_of(table)) {
      if (row->is_table()) nested(*row);
    }
  }

  void nested(const KeyRow& row) {
    const auto path = joined_path(row.table, row.key);
    const auto* decides = decider(path);
    const bool list = row.type == KeyType::tables;
    const auto header = list ? "[[" + path + "]]" : "[" + path + "]";
    open(row, header);
    body(path, decides, {});
    if (decides == nullptr || !list) return;
    for (const auto& choice : words_of(decides->choices)) {
      if (in_quotes(choice) == decides->example) continue;
      open(row, header);
      body(path, decides, choice);
    }
  }

  void open(const KeyRow& row, const std::string& header) {
    if (!lines_.empty()) lines_.push_back({nullptr, ""});
    lines_.push_back({&row, header});
  }

  const Format& format_;
  std::vector<Line> lines_;
};

std::string joined(const std::vector<Line>& lines) {
  std::string out;
  for (const auto& line : lines) out += line.text + "\n";
  return out;
}

}  // namespace

std::string example_text(const Format& format) { return joined(ExampleWriter(format).write()); }

std::string example_without(const Format& format, const KeyRow& row) {
  return example_with(format, row, {});
}

std::string example_with(const Format& format, const KeyRow& row, std::string_view toml) {
  auto lines = ExampleWriter(format).write();
  const auto at =
      std::find_if(lines.begin(), lines.end(), [&](const Line& line) { return line.row == &row; });
  TENON_ASSERT(at != lines.end() && !row.is_table());
  // An empty line keeps the places of all others.
  at->text = toml.empty() ? "" : std::string(row.key) + " = " + std::string(toml);
  return joined(lines);
}

}  // namespace tenon::manifest
