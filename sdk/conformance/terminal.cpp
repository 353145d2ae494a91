// What is good takes a word, what is not is told whole.
#include "conformance/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace tenon::conformance {
namespace {

constexpr const char* kBold = "1";
constexpr const char* kDim = "2";
constexpr const char* kRed = "31";
constexpr const char* kGreen = "32";
constexpr const char* kYellow = "33";
constexpr std::chrono::milliseconds kSlowCase{1'000};
constexpr std::size_t kMaxSlowTold = 3;
constexpr std::size_t kGroupColumn = 16;

const char* sign_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass: return "✓";
    case Verdict::warn:
    case Verdict::waived: return "!";
    case Verdict::skip: return "-";
    default: return "✗";
  }
}

// The one that a group of them is told by.
Verdict worst_of(const std::vector<Finding>& findings) {
  const auto rank = [](Verdict verdict) {
    if (is_bad(verdict)) return 3;
    return verdict == Verdict::skip ? 0 : verdict == Verdict::pass ? 1 : 2;
  };
  const auto worst = std::max_element(
      findings.begin(), findings.end(),
      [&](const Finding& a, const Finding& b) { return rank(a.verdict) < rank(b.verdict); });
  return worst->verdict;
}

}  // namespace

Terminal::Manner Terminal::of_stdout() {
  Manner manner;
  const char* term = std::getenv("TERM");
  const char* no_color = std::getenv("NO_COLOR");
  const bool dumb = term != nullptr && std::strcmp(term, "dumb") == 0;
  manner.terminal = isatty(STDOUT_FILENO) == 1 && !dumb;
  manner.color = manner.terminal && (no_color == nullptr || *no_color == '\0');
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) manner.columns = size.ws_col;
  return manner;
}

std::string Terminal::painted(const char* color, const std::string& text) const {
  return manner_.color ? std::string("\033[") + color + "m" + text + "\033[0m" : text;
}

std::string Terminal::painted(Verdict verdict, const std::string& text) const {
  if (is_bad(verdict)) return painted(kRed, text);
  if (verdict == Verdict::pass) return painted(kGreen, text);
  return painted(verdict == Verdict::skip ? kDim : kYellow, text);
}

void Terminal::begin(const std::string& about) {
  if (!manner_.terminal) return;
  out_ << painted(kBold, info_.release.empty() ? info_.so : info_.release);
  if (!info_.release.empty()) out_ << "  " << info_.so;
  out_ << "\n" << painted(kDim, about) << "\n\n" << std::flush;
}

void Terminal::found(const Finding& finding) {
  if (!manner_.terminal) {
    out_ << as_text(info_, finding) << std::endl;
    return;
  }
  if (!group_.empty() && group_of(group_.back().name) != group_of(finding.name)) end_group();
  group_.push_back(finding);
}

void Terminal::end_group() {
  if (group_.empty()) return;
  erase();
  const Verdict worst = worst_of(group_);
  std::string name = group_of(group_.front().name);
  name.resize(std::max(name.size() + 1, kGroupColumn), ' ');
  const Counts counts = count(group_);
  const bool all_passed = counts.passed == static_cast<int>(group_.size());
  out_ << "  " << painted(worst, sign_of(worst)) << " " << name
       << (all_passed ? painted(kDim, std::to_string(counts.passed)) : short_summary(counts))
       << "\n";
  for (const Finding& finding : group_) {
    if (finding.verdict == Verdict::pass) continue;
    std::string text = as_text(info_, finding);
    const std::string verdict = name_of(finding.verdict);
    text.replace(0, verdict.size(), painted(finding.verdict, verdict));
    std::string lines = "      ";
    for (const char c : text) lines += c == '\n' ? std::string("\n      ") : std::string(1, c);
    out_ << lines << "\n";
  }
  out_ << std::flush;
  group_.clear();
}

void Terminal::erase() {
  if (shows_line_) out_ << "\r\033[K";
  shows_line_ = false;
}

void Terminal::goes_on(const std::string& name, std::size_t ended) {
  if (!manner_.terminal) return;
  std::string line = "  " + std::to_string(ended) + " of " + std::to_string(cases_) + "  " + name;
  line.resize(std::min(line.size(), manner_.columns - std::min<std::size_t>(manner_.columns, 1)));
  out_ << "\r\033[K" << painted(kDim, line) << std::flush;
  shows_line_ = true;
}

void Terminal::end(const std::vector<Finding>& findings) {
  end_group();
  erase();
  for (const std::string& line : info_.told) {
    out_ << painted(kYellow, "mind") << "     " << harmless(line) << "\n";
  }
  const Counts counts = count(findings);
  if (!manner_.terminal) {
    out_ << summary(counts) << std::endl;
    return;
  }
  std::vector<const Finding*> slow;
  for (const Finding& finding : findings) {
    if (finding.took >= kSlowCase) slow.push_back(&finding);
  }
  std::sort(slow.begin(), slow.end(),
            [](const Finding* a, const Finding* b) { return a->took > b->took; });
  if (!slow.empty()) out_ << "\n" << painted(kDim, "slowest:");
  for (std::size_t i = 0; i < std::min(slow.size(), kMaxSlowTold); ++i) {
    out_ << painted(kDim,
                    (i == 0 ? " " : ", ") + slow[i]->name + " " + seconds_text(slow[i]->took));
  }
  const Verdict verdict = counts.failed == 0 ? Verdict::pass : Verdict::fail;
  out_ << "\n"
       << painted(verdict, summary(counts)) << painted(kDim, " in " + seconds_text(info_.took))
       << std::endl;
}

}  // namespace tenon::conformance
