// Source files of the tree as tokens: what all rules of the layers check look at.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::layers {

enum class TokenKind { word, number, text, punct };

struct Token {
  TokenKind kind = TokenKind::punct;
  std::string text;  // of a string literal: its content; `::`, `->` and `[[` are one token each
  int line = 0;
};

struct Include {
  std::string path;
  int line = 0;
};

struct Comment {
  std::string text;
  int line = 0;
};

struct SourceFile {
  std::string path;    // relative to the root of the tree, with '/'
  std::string folder;  // the row of layers.toml it belongs to; empty if none does
  std::string first_line;
  std::vector<Token> tokens;  // without comments and preprocessor lines
  std::vector<Include> includes;
  std::vector<Comment> comments;
};

// Never fails: what is not C++ gives odd tokens, and the compiler will say more.
SourceFile read_source(std::string path, std::string_view content);

// All .c, .h, .cpp and .hpp files below `root`, in order of their paths; build folders and hidden
// ones are left out. Ends the program with a message if a file cannot be read.
std::vector<SourceFile> load_tree(const std::filesystem::path& root);

}  // namespace tenon::layers
