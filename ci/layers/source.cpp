// A small tokeniser for C++: comments, literals, words; enough for heuristics, not a parser.
#include "layers/source.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace tenon::layers {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Tokeniser {
 public:
  Tokeniser(SourceFile& file, std::string_view content) : file_(file), content_(content) {}

  void run() {
    while (at_ < content_.size()) step();
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < content_.size() ? content_[at_ + ahead] : '\0';
  }
  bool starts(std::string_view text) const { return content_.substr(at_).starts_with(text); }

  // Moves on by `count` characters and counts the lines passed; returns what was passed.
  std::string_view take(std::size_t count) {
    const auto taken = content_.substr(at_, count);
    line_ += static_cast<int>(std::count(taken.begin(), taken.end(), '\n'));
    at_ += taken.size();
    return taken;
  }

  std::size_t length_to(std::string_view end, bool with_end) const {
    const auto found = content_.find(end, at_);
    if (found == std::string_view::npos) return content_.size() - at_;
    return found - at_ + (with_end ? end.size() : 0);
  }

  void step() {
    const char c = peek();
    if (c == '\n') {
      line_begins_ = true;
      take(1);
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      take(1);
    } else if (starts("//") || starts("/*")) {
      const int line = line_;
      const auto text = c == '/' && peek(1) == '/' ? take(length_to("\n", false))
                                                   : take(2 + block_comment_length());
      file_.comments.push_back({std::string(text), line});
    } else if (c == '#' && line_begins_) {
      directive();
    } else {
      line_begins_ = false;
      token();
    }
  }

  std::size_t block_comment_length() const {
    const auto found = content_.find("*/", at_ + 2);
    return found == std::string_view::npos ? content_.size() - at_ : found - at_;
  }

  // A preprocessor line with its continuations. Macro bodies are not looked at: they are few, and
  // what they expand to is seen where they are used.
  void directive() {
    const int line = line_;
    std::string text;
    while (at_ < content_.size()) {
      const auto part = take(length_to("\n", false));
      text += part;
      if (!part.ends_with('\\')) break;
      take(1);
    }
    const auto begin = text.find_first_of("<\"");
    if (text.find("include") == std::string::npos || begin == std::string::npos) return;
    const auto end = text.find_first_of(">\"", begin + 1);
    if (end != std::string::npos) {
      file_.includes.push_back({text.substr(begin + 1, end - begin - 1), line});
    }
  }

  void token() {
    const int line = line_;
    if (starts("R\"") || starts("LR\"") || starts("u8R\"")) return raw_string(line);
    if (peek() == '"' || peek() == '\'') return literal(line);
    std::size_t length = 1;
    auto kind = TokenKind::punct;
    if (is_word(peek())) {
      kind = std::isdigit(static_cast<unsigned char>(peek())) != 0 ? TokenKind::number
                                                                   : TokenKind::word;
      // The ' of a number separates digits.
      while (is_word(peek(length)) ||
             (kind == TokenKind::number && peek(length) == '\'' && is_word(peek(length + 1)))) {
        ++length;
      }
    } else if (starts("::") || starts("->") || starts("[[")) {
      length = 2;
    }
    file_.tokens.push_back({kind, std::string(take(length)), line});
  }

  void literal(int line) {
    const char quote = peek();
    std::size_t length = 1;
    while (at_ + length < content_.size() && peek(length) != quote && peek(length) != '\n') {
      length += peek(length) == '\\' ? 2 : 1;
    }
    const auto text = take(length + 1);
    file_.tokens.push_back({TokenKind::text, std::string(text.substr(1, length - 1)), line});
  }

  void raw_string(int line) {
    take(length_to("\"", true));
    const std::string delimiter = ")" + std::string(take(length_to("(", false))) + "\"";
    take(1);
    const auto text = take(length_to(delimiter, false));
    take(delimiter.size());
    file_.tokens.push_back({TokenKind::text, std::string(text), line});
  }

  SourceFile& file_;
  std::string_view content_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool line_begins_ = true;
};

bool is_source(const std::filesystem::path& path) {
  const auto extension = path.extension();
  return extension == ".cpp" || extension == ".hpp" || extension == ".h" || extension == ".c";
}

}  // namespace

SourceFile read_source(std::string path, std::string_view content) {
  SourceFile file;
  file.path = std::move(path);
  file.first_line = content.substr(0, content.find('\n'));
  Tokeniser(file, content).run();
  return file;
}

std::vector<SourceFile> load_tree(const std::filesystem::path& root) {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  for (fs::recursive_directory_iterator it(root), end; it != end; ++it) {
    const std::string name = it->path().filename().string();
    if (it->is_directory()) {
      const bool skipped = name.starts_with(".") || name == "node_modules" ||
                           (it.depth() == 0 && name.starts_with("build"));
      if (skipped) it.disable_recursion_pending();
    } else if (is_source(it->path())) {
      paths.push_back(fs::relative(it->path(), root).generic_string());
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<SourceFile> files;
  for (auto& path : paths) {
    std::ifstream in(root / path, std::ios::binary);
    if (!in) {
      std::fprintf(stderr, "layers: cannot read %s\n", path.c_str());
      std::exit(2);
    }
    const std::string content{std::istreambuf_iterator<char>(in), {}};
    files.push_back(read_source(std::move(path), content));
  }
  return files;
}

}  // namespace tenon::layers
