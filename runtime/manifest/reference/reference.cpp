// The reference: see reference.hpp.
#include "manifest/reference/reference.hpp"

#include <set>

#include "manifest/manifest.hpp"
#include "manifest/reference/example.hpp"
#include "manifest/words.hpp"

namespace tenon::manifest {
namespace {

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

// A bar would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string listed(std::string_view spaced) {
  std::string out;
  for (const auto& word : words_of(spaced)) out += (out.empty() ? "" : ", ") + code(word);
  return out;
}

std::string range_text(const KeyRow& row) {
  if (row.type == KeyType::duration) {
    return "time, " + duration_text(row.least) + " to " + duration_text(row.most);
  }
  if (row.type == KeyType::size) {
    return "size, " + size_text(row.least) + " to " + size_text(row.most);
  }
  return "integer, " + std::to_string(row.least) + " to " + std::to_string(row.most) + " " +
         std::string(row.unit);
}

std::string type_text(const KeyRow& row) {
  const auto item = row.form != nullptr   ? std::string(row.form->name)
                    : row.choices.empty() ? std::string("text")
                                          : "one of " + listed(row.choices);
  switch (row.type) {
    case KeyType::text: return item;
    case KeyType::texts:
      return (row.choices.empty() ? "array of " + item : "array of " + listed(row.choices)) + ", " +
             (row.least > 0 ? std::to_string(row.least) + " to " : "at most ") +
             std::to_string(row.most);
    case KeyType::boolean: return "boolean";
    case KeyType::integer:
    case KeyType::duration:
    case KeyType::size: return range_text(row);
    case KeyType::value: return "value";
    case KeyType::table:
    case KeyType::tables: return "table";
  }
  return "value";
}

std::string meaning_text(const KeyRow& row) {
  std::string out(row.meaning);
  if (!row.only_if.key.empty()) {
    out += "; only with " + code(row.only_if.key) + " " + listed(row.only_if.values);
  }
  if (row.since != "1.0") out += "; since ABI " + std::string(row.since);
  if (!row.deprecated.empty()) out += "; **deprecated**: " + std::string(row.deprecated);
  return out;
}

class ReferenceWriter {
 public:
  ReferenceWriter(const Format& format, FindErrors find_errors)
      : format_(format), find_errors_(find_errors), file_(std::string(format.what) + ".toml") {}

  std::string write() && {
    const auto what = std::string(format_.what);
    out_ = "<!-- Made by `tenon " + what +
           " reference` from the table of keys that the parser"
           " reads. Do not edit. -->\n\n# Every key of a " +
           what +
           "\n\n"
           "`*` marks what must be there. Below each table stands what its keys answer to a wrong"
           " value\nor to none; these messages come from the parser. A " +
           what + " is one file of TOML.\n";
    forms();
    section("");
    everywhere();
    example();
    return std::move(out_);
  }

 private:
  void forms() {
    out_ += "\n| Type | Wants |\n| --- | --- |\n";
    std::set<std::string_view> told;
    for (const auto& row : format_.rows) {
      if (row.form == nullptr || !told.insert(row.form->name).second) continue;
      out_ += "| " + std::string(row.form->name) + " | " + cell(row.form->words) + " |\n";
    }
    out_ += "| array of ... | several, each once; one alone may stand without the brackets |\n";
  }

  void section(const std::string& table) {
    const auto rows = format_.rows_of(table);
    bool begun = false;
    for (const auto* row : rows) {
      if (row->is_table()) continue;
      if (!begun)
        out_ += "\n| Key | Type | Default | Example | Meaning |\n| --- | --- | --- | --- | --- |\n";
      begun = true;
      out_ += "| " + code(row->key) + (row->need == Need::required ? "*" : "") + " | " +
              cell(type_text(*row)) + " | " +
              (row->fallback.empty() ? "" : cell(code(row->fallback))) + " | " +
              cell(code(row->example)) + " | " + cell(meaning_text(*row)) + " |\n";
    }
    errors_of(rows);
    for (const auto* row : rows) {
      if (!row->is_table()) continue;
      const auto path = joined_path(row->table, row->key);
      const bool list = row->type == KeyType::tables;
      out_ += "\n## " + code(list ? "[[" + path + "]]" : "[" + path + "]") +
              (row->need == Need::required ? "*" : "") + "\n\n" + sentence(meaning_text(*row));
      if (list) out_ += " At most " + std::to_string(row->most) + ".";
      out_ += "\n";
      section(path);
    }
  }

  static std::string sentence(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') {
      text.front() = static_cast<char>(text.front() - 'a' + 'A');
    }
    return text + ".";
  }

  void errors_of(const std::vector<const KeyRow*>& rows) {
    std::string text;
    for (const auto* row : rows) {
      if (row->is_table()) continue;
      const auto key = std::string(row->key);
      text += told(key + " = " + std::string(row->wrong), example_with(format_, *row, row->wrong),
                   *row);
      if (row->need == Need::required) {
        text += told("# no " + key, example_without(format_, *row), *row);
      }
    }
    if (!text.empty()) out_ += "\n```toml\n" + text + "```\n";
  }

  // The line that is wrong, and below it the message at that key.
  std::string told(const std::string& line, const std::string& toml, const KeyRow& row) const {
    const auto ending = "." + std::string(row.key);
    for (const auto& error : find_errors_(toml, file_)) {
      const auto at = error.context.find(' ');
      const auto path =
          at == std::string::npos ? std::string() : "." + error.context.substr(at + 1);
      if (path.size() < ending.size() ||
          path.compare(path.size() - ending.size(), ending.size(), ending) != 0) {
        continue;
      }
      return line + "\n#   " + error.text() + "\n";
    }
    return line + "\n#   (no error)\n";
  }

  void everywhere() {
    out_ += "\n## Everywhere\n\n```toml\n";
    const auto good = example_text(format_);
    const struct {
      const char* line;
      std::string toml;
    } kCases[] = {
        {"[limit]             # a table that nobody knows", good + "\n[limit]\nconcurrency = 5\n"},
        {"colour = \"red\"      # a key that nobody knows", "colour = \"red\"\n" + good},
        {"title = \"Shop       # no quote at the end", "title = \"Shop\n" + good},
    };
    for (const auto& one : kCases) {
      const auto errors = find_errors_(one.toml, file_);
      out_ += std::string(one.line) + "\n#   " +
              (errors.empty() ? "(no error)" : errors.front().text()) + "\n";
    }
    out_ +=
        "```\n\nAll mistakes of a file are told at once, at most 50. A file is at most 1 MiB, "
        "nested"
        " at most 32 deep,\nwith at most 64 dots in a line.\n";
  }

  void example() {
    out_ += "\n## All keys in one file\n\n```toml\n" + example_text(format_) + "```\n";
  }

  const Format& format_;
  FindErrors find_errors_;
  std::string file_, out_;
};

}  // namespace

std::string reference_text(const Format& format, FindErrors find_errors) {
  return ReferenceWriter(format, find_errors).write();
}

std::string manifest_reference() {
  return reference_text(manifest_format(), [](std::string_view toml, std::string_view place) {
    return check_manifest(toml, place).errors;
  });
}

}  // namespace tenon::manifest
