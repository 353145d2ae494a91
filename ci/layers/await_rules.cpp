// g++ 12.2 destroys twice what an aggregate or a lambda owns when it is written inside an
// expression that contains co_await. A scan over tokens finds such expressions; named variables are
// safe.
#include <algorithm>
#include <cctype>
#include <optional>

#include "layers/rules.hpp"

namespace tenon::layers {
namespace {

using Tokens = std::vector<Token>;

bool is(const Token& token, std::string_view text) {
  return token.kind != TokenKind::text && token.text == text;
}

bool is_any(const Token& token, std::initializer_list<std::string_view> texts) {
  return std::any_of(texts.begin(), texts.end(), [&](auto text) { return is(token, text); });
}

bool is_await(const Token& token) {
  return is_any(token, {"co_await", "TENON_CO_TRY", "TENON_CO_TRY_AS"});
}

// What stands around each token: the bracket that encloses it and the partner of each bracket.
struct Nesting {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::vector<std::size_t> parent;   // index of the enclosing opening bracket
  std::vector<std::size_t> partner;  // of a bracket: the other one
};

Nesting nest(const Tokens& tokens) {
  Nesting out{std::vector<std::size_t>(tokens.size(), Nesting::kNone),
              std::vector<std::size_t>(tokens.size(), Nesting::kNone)};
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (is_any(tokens[i], {")", "]", "}"}) && !open.empty()) {
      // An attribute's [[ is closed by two ]; its opener is closed by the last.
      const bool first_of_attribute = is(tokens[open.back()], "[[") && i + 1 < tokens.size() &&
                                      is(tokens[i], "]") && is(tokens[i + 1], "]");
      if (!first_of_attribute) {
        out.partner[i] = open.back();
        out.partner[open.back()] = i;
        open.pop_back();
      }
    }
    out.parent[i] = open.empty() ? Nesting::kNone : open.back();
    if (is_any(tokens[i], {"(", "[", "{", "[["})) open.push_back(i);
  }
  return out;
}

// Walks back from the end of a type's name (`a::B<c>`) to its first token.
std::size_t begin_of_type(const Tokens& tokens, std::size_t at) {
  while (at > 0) {
    if (is(tokens[at], ">")) {
      int depth = 0;
      do {
        if (is(tokens[at], ">")) ++depth;
        if (is(tokens[at], "<")) --depth;
      } while (depth > 0 && at-- > 0);
      if (at == static_cast<std::size_t>(-1)) return 0;
      if (at > 0) --at;  // the template's name
    }
    if (at < 2 || !is(tokens[at - 1], "::")) return at;
    at -= 2;
  }
  return at;
}

// Is the `{` at `at` the begin of a block (of statements or members), not of an initialiser?
bool is_block(const Tokens& tokens, const Nesting& nesting, std::size_t at) {
  if (at == 0) return true;
  const auto& before = tokens[at - 1];
  if (is_any(before, {")", "{", "}", ";", ":", "else", "do", "try", "const", "noexcept", "mutable",
                      "override", "final"})) {
    // `{ {` inside an initialiser is a nested initialiser, and so is `, {` below.
    if (is(before, "{")) return is_block(tokens, nesting, at - 1);
    return true;
  }
  if (before.kind != TokenKind::word && !is(before, ">")) return before.kind == TokenKind::text;
  // A name before the brace: a type's definition, a trailing return type, or an initialiser.
  const std::size_t begin = begin_of_type(tokens, at - 1);
  if (begin == 0) return is_any(tokens[0], {"namespace", "struct", "class", "enum", "union"});
  const auto& lead = tokens[begin - 1];
  if (is(lead, "->")) {
    // A trailing return type follows a parameter list; `a->b{` does not occur in our style.
    return begin >= 2 && is_any(tokens[begin - 2], {")", "mutable", "noexcept"});
  }
  if (is_any(lead, {"namespace", "struct", "class", "enum", "union"})) return true;
  if (is_any(tokens[at - 1], {"namespace", "struct", "class", "union"})) return true;
  // A base class: walk to the statement's begin and look for the keyword.
  for (std::size_t i = begin; i-- > 0 && !is_any(tokens[i], {";", "{", "}", "(", "="});) {
    if (is_any(tokens[i], {"struct", "class", "enum"})) return true;
  }
  return false;
}

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;  // one past the last token
};

// The full expression (statement or condition) around the token at `at`.
Range expression_around(const Tokens& tokens, const Nesting& nesting, std::size_t at) {
  // Outwards while the enclosing bracket belongs to the same expression.
  std::size_t inner = at;
  std::size_t outer = nesting.parent[at];
  while (outer != Nesting::kNone) {
    const bool condition = is(tokens[outer], "(") && outer > 0 &&
                           is_any(tokens[outer - 1], {"if", "while", "switch", "for"});
    if (condition || (is(tokens[outer], "{") && is_block(tokens, nesting, outer))) break;
    inner = outer;
    outer = nesting.parent[outer];
  }
  Range range{inner, inner};
  const std::size_t low = outer == Nesting::kNone ? 0 : outer + 1;
  while (range.begin > low) {
    const auto& before = tokens[range.begin - 1];
    if (nesting.parent[range.begin - 1] == outer && is(before, ";")) break;
    if (is(before, "}")) {
      const auto open = nesting.partner[range.begin - 1];
      if (open != Nesting::kNone && nesting.parent[open] == outer &&
          is_block(tokens, nesting, open)) {
        // A lambda's body is part of its statement; another block ends the one before.
        if (open == 0 || !is(tokens[open - 1], ")")) break;
        const auto params = nesting.partner[open - 1];
        if (params == Nesting::kNone || params == 0 || !is(tokens[params - 1], "]")) break;
      }
    }
    --range.begin;
  }
  const std::size_t high = outer == Nesting::kNone || nesting.partner[outer] == Nesting::kNone
                               ? tokens.size()
                               : nesting.partner[outer];
  while (range.end < high) {
    const bool same_level = nesting.parent[range.end] == outer;
    if (same_level && is(tokens[range.end], ";")) break;
    if (same_level && is(tokens[range.end], "{") && is_block(tokens, nesting, range.end)) break;
    ++range.end;
  }
  return range;
}

bool is_lambda(const Tokens& tokens, std::size_t at) {
  if (!is(tokens[at], "[")) return false;
  if (at == 0) return true;
  const auto& before = tokens[at - 1];
  if (is_any(before, {"return", "co_return", "co_await", "co_yield"})) return true;
  return before.kind == TokenKind::punct && !is_any(before, {")", "]", ">"});
}

bool captures(const Tokens& tokens, std::size_t at) {
  return at + 1 < tokens.size() && !is(tokens[at + 1], "]");
}

// Of a lambda's `[`: its body, if it has one.
std::optional<Range> body_of(const Tokens& tokens, const Nesting& nesting, std::size_t at) {
  std::size_t i = nesting.partner[at];
  if (i == Nesting::kNone) return std::nullopt;
  for (++i; i < tokens.size() && !is(tokens[i], "{"); ++i) {
    if (is_any(tokens[i], {";", "}", "]"})) return std::nullopt;
    if (is(tokens[i], "(")) i = nesting.partner[i] == Nesting::kNone ? i : nesting.partner[i];
  }
  if (i >= tokens.size() || nesting.partner[i] == Nesting::kNone) return std::nullopt;
  return Range{i, nesting.partner[i]};
}

std::string name_before(const Tokens& tokens, std::size_t at) {
  if (at == 0) return {};
  std::size_t last = at - 1;
  if (is(tokens[last], ">")) {
    int depth = 0;
    do {
      if (is(tokens[last], ">")) ++depth;
      if (is(tokens[last], "<")) --depth;
      if (last == 0) return {};
      --last;
    } while (depth > 0);
  }
  return tokens[last].kind == TokenKind::word ? tokens[last].text : std::string();
}

class Scan {
 public:
  Scan(const Config& config, const std::set<std::string>& aggregates, const SourceFile& file)
      : config_(config),
        aggregates_(aggregates),
        file_(file),
        tokens_(file.tokens),
        nesting_(nest(file.tokens)) {}

  Findings run() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (is_await(tokens_[i])) expression(expression_around(tokens_, nesting_, i));
      if (is_lambda(tokens_, i) && captures(tokens_, i)) coroutine_lambda(i);
    }
    return std::move(out_);
  }

 private:
  void report(std::size_t at, std::string cure) {
    Finding found{file_.path, tokens_[at].line, "await", std::move(cure)};
    if (std::find(out_.begin(), out_.end(), found) == out_.end()) out_.push_back(std::move(found));
  }

  void expression(Range range) {
    for (std::size_t i = range.begin; i < range.end; ++i) {
      if (is_lambda(tokens_, i)) {
        if (captures(tokens_, i)) {
          report(i, "a capturing lambda inside an expression with co_await; name it first");
        }
        // Its body is statements of its own.
        if (const auto body = body_of(tokens_, nesting_, i)) i = body->end;
      } else if (is(tokens_[i], "{") && !is_block(tokens_, nesting_, i)) {
        if (config_.safe_types.contains(name_before(tokens_, i))) continue;
        report(i, "a braced value inside an expression with co_await; name it, then await it");
      } else if (is(tokens_[i], "(") && aggregates_.contains(name_before(tokens_, i))) {
        report(i, "the aggregate " + name_before(tokens_, i) +
                      " is made inside an expression with co_await; name it, then await it");
      }
    }
  }

  void coroutine_lambda(std::size_t at) {
    const auto body = body_of(tokens_, nesting_, at);
    if (!body) return;
    for (std::size_t i = body->begin; i < body->end; ++i) {
      if (is_lambda(tokens_, i)) {
        if (const auto inner = body_of(tokens_, nesting_, i)) i = inner->end;
      } else if (is_await(tokens_[i]) || is_any(tokens_[i], {"co_return", "co_yield"})) {
        report(at,
               "a capturing lambda is a coroutine: its captures die before it ends; make it a "
               "function with parameters");
        return;
      }
    }
  }

  const Config& config_;
  const std::set<std::string>& aggregates_;
  const SourceFile& file_;
  const Tokens& tokens_;
  Nesting nesting_;
  Findings out_;
};

}  // namespace

std::set<std::string> find_aggregates(const std::vector<SourceFile>& files) {
  std::set<std::string> out;
  for (const auto& file : files) {
    const auto& tokens = file.tokens;
    const auto nesting = nest(tokens);
    for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
      if (!is(tokens[i], "struct") || !is(tokens[i + 2], "{")) continue;
      const auto& name = tokens[i + 1].text;
      const auto end = nesting.partner[i + 2];
      if (end == Nesting::kNone) continue;
      bool constructed = false;
      for (std::size_t k = i + 3; k + 1 < end && !constructed; ++k) {
        constructed = nesting.parent[k] == i + 2 && tokens[k].text == name &&
                      is(tokens[k + 1], "(") && !is(tokens[k - 1], "~");
      }
      if (!constructed) out.insert(name);
    }
  }
  return out;
}

Findings check_awaits(const Config& config, const std::set<std::string>& aggregates,
                      const SourceFile& file) {
  return Scan(config, aggregates, file).run();
}

}  // namespace tenon::layers
