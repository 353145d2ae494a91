// Forbidden calls, and what the text of a file must have or must not have.
#include <algorithm>
#include <cctype>
#include <tuple>

#include "layers/rules.hpp"

namespace tenon::layers {
namespace {

bool is(const Token& token, std::string_view text) {
  return token.kind != TokenKind::text && token.text == text;
}

// `tokens` from `at` spell `pattern`, and are not the tail of another name or a member of
// something.
bool matches(const std::vector<Token>& tokens, std::size_t at, const std::vector<Token>& pattern) {
  if (pattern.empty() || at + pattern.size() > tokens.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const auto& token = tokens[at + i];
    if (token.kind != pattern[i].kind || token.text != pattern[i].text) return false;
  }
  if (at == 0) return true;
  const auto& before = tokens[at - 1];
  if (is(pattern[0], "::")) return before.kind != TokenKind::word && !is(before, ">");
  if (is(before, ".") || is(before, "->")) return false;
  if (!is(before, "::")) return before.kind != TokenKind::word || before.text == "return";
  static const std::set<std::string> kOuter = {"std", "boost", "asio", "chrono"};
  return at < 2 || tokens[at - 2].kind != TokenKind::word || kOuter.contains(tokens[at - 2].text);
}

std::string spelled(const std::vector<Token>& pattern) {
  std::string out;
  for (const auto& token : pattern) out += token.text;
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return out;
}

// The word stands in `text` with no letter beside it (`hubspot_x` and `HubSpot` count).
bool names(std::string_view text, const std::string& word) {
  const std::string small = lower(text);
  for (auto at = small.find(word); at != std::string::npos; at = small.find(word, at + 1)) {
    const auto after = at + word.size();
    const bool begins = at == 0 || std::isalpha(static_cast<unsigned char>(small[at - 1])) == 0;
    const bool ends =
        after == small.size() || std::isalpha(static_cast<unsigned char>(small[after])) == 0;
    if (begins && ends) return true;
  }
  return false;
}

void check_vendor_names(const Config& config, const SourceFile& file, Findings& out) {
  if (is_below_any(file.path, config.vendor_tables)) return;
  const auto report = [&](std::string_view text, int line) {
    for (const auto& vendor : config.vendors) {
      if (!names(text, vendor)) continue;
      out.push_back({file.path, line, "vendor",
                     "`" + vendor + "` is named in the runtime; say it in connectors/" + vendor +
                         " or in its manifest"});
    }
  };
  report(file.path, 1);
  for (const auto& token : file.tokens) report(token.text, token.line);
  for (const auto& comment : file.comments) report(comment.text, comment.line);
  for (const auto& include : file.includes) report(include.path, include.line);
}

}  // namespace

Findings check_calls(const Config& config, const SourceFile& file) {
  Findings out;
  for (const auto& rule : config.calls) {
    if (!is_below_any(file.path, rule.in) || is_below_any(file.path, rule.except)) continue;
    for (std::size_t at = 0; at < file.tokens.size(); ++at) {
      for (const auto& pattern : rule.patterns) {
        if (!matches(file.tokens, at, pattern)) continue;
        out.push_back({file.path, file.tokens[at].line, "call",
                       "`" + spelled(pattern) + "` does not belong here; " + rule.instead});
      }
    }
  }
  return out;
}

Findings check_text(const Config& config, const SourceFile& file) {
  Findings out;
  const std::string& first = file.first_line;
  const bool has_purpose =
      (first.starts_with("// ") || first.starts_with("/* ")) && first.size() > 12;
  if (!has_purpose) {
    out.push_back(
        {file.path, 1, "purpose", "begin the file with its purpose in one sentence: // ..."});
  }
  for (const auto& comment : file.comments) {
    for (const char* word : {"TODO", "FIXME", "XXX"}) {  // the words themselves, not in a comment
      if (comment.text.find(word) == std::string::npos) continue;
      out.push_back({file.path, comment.line, "unfinished",
                     std::string(word) + " left in a comment; do it now or open an issue"});
    }
  }
  if (is_below(file.path, "runtime")) check_vendor_names(config, file, out);
  return out;
}

Findings check_tree(const Config& config, std::vector<SourceFile> files) {
  for (auto& file : files) file.folder = folder_of(config, file.path);
  auto out = check_includes(config, files);
  const auto aggregates = find_aggregates(files);
  for (const auto& file : files) {
    for (auto& found : {check_calls(config, file), check_text(config, file),
                        check_awaits(config, aggregates, file)}) {
      out.insert(out.end(), found.begin(), found.end());
    }
  }
  std::sort(out.begin(), out.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.path, a.line, a.rule) < std::tie(b.path, b.line, b.rule);
  });
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace tenon::layers
