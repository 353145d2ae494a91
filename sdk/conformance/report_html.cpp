// The page: what failed first, then each group; folded parts are the browser's own, without script.
#include <map>

#include "conformance/report.hpp"

namespace tenon::conformance {
namespace {

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --ink: #1c2330; --dim: #626b7a; --page: #f6f7f9; --card: #fff;
  --line: #dfe3e8; --good: #1a7f4b; --bad: #c0392b; --mind: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --dim: #98a2b3; --page: #14181f;
  --card: #1c222b; --line: #303845; --good: #4cc38a; --bad: #ff7b6b; --mind: #e0b040; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
.dim { color: var(--dim); } .good { color: var(--good); } .bad { color: var(--bad); }
.mind { color: var(--mind); }
.verdict { display: flex; flex-wrap: wrap; align-items: baseline; gap: .4rem 1.5rem; margin: 1.25rem 0;
  padding: .9rem 1.1rem; background: var(--card); border: 1px solid var(--line);
  border-left: 6px solid currentColor; border-radius: 6px; }
.verdict b { font-size: 1.15rem; } .verdict span { color: var(--dim); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
.failure { padding: .9rem 1.1rem; margin-bottom: .75rem; }
.failure h3 { margin: 0 0 .4rem; font-size: 1rem; }
dl { display: grid; grid-template-columns: 6rem 1fr; gap: .3rem .75rem; margin: 0; }
dt { color: var(--dim); } dd { margin: 0; min-width: 0; }
pre, code { font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
details { border-top: 1px solid var(--line); } details:first-child { border-top: 0; }
summary { cursor: pointer; padding: .55rem 1.1rem; display: flex; gap: .75rem; }
summary b { min-width: 9rem; } summary::marker { content: ""; }
table { width: 100%; border-collapse: collapse; }
td { padding: .3rem 1.1rem; border-top: 1px solid var(--line); vertical-align: top; }
td:first-child { width: 5rem; } td:nth-child(2) { width: 17rem; }
td:last-child { width: 5rem; text-align: right; color: var(--dim); white-space: nowrap; }
)";

const char* class_of(Verdict verdict) {
  if (is_bad(verdict)) return "bad";
  if (verdict == Verdict::pass) return "good";
  return verdict == Verdict::skip ? "dim" : "mind";
}

std::string escaped_html(const std::string& text) {
  std::string out;
  for (const char c : harmless(text)) {
    // Beyond ASCII it is UTF-8, which the page says it is.
    out += static_cast<unsigned char>(c) > 0x7e ? std::string(1, c) : escaped(std::string(1, c));
  }
  return out;
}

void row(std::string& html, const char* word, const std::string& text, bool as_code) {
  if (text.empty()) return;
  html += std::string("<dt>") + word + "</dt><dd>" + (as_code ? "<pre>" : "") + escaped_html(text) +
          (as_code ? "</pre>" : "") + "</dd>";
}

std::string card_of(const RunInfo& info, const Finding& finding) {
  std::string html = "<section class=\"card failure\" id=\"" + escaped_html(finding.name) +
                     "\"><h3><span class=\"" + class_of(finding.verdict) + "\">" +
                     name_of(finding.verdict) + "</span> " + escaped_html(finding.name) +
                     "</h3><dl>";
  row(html, "expected", finding.what, false);
  row(html, "seen", finding.why, true);
  std::string notes;
  for (const std::string& note : finding.notes) notes += note + "\n";
  row(html, "", notes, true);
  row(html, "matters", finding.matters, false);
  row(html, "waiver", finding.waiver, false);
  if (is_bad(finding.verdict)) row(html, "debug", debugger_line(info, finding.name), true);
  return html + "</dl></section>\n";
}

std::string group_part(const std::string& name, const std::vector<const Finding*>& findings) {
  std::vector<Finding> all;
  for (const Finding* finding : findings) all.push_back(*finding);
  const Counts counts = count(all);
  const bool bad = counts.failed > 0;
  std::string html = std::string("<details") + (bad ? " open" : "") + "><summary><b>" +
                     escaped_html(name) + "</b><span class=\"" + (bad ? "bad" : "dim") + "\">" +
                     escaped_html(short_summary(counts)) + "</span></summary><table>";
  for (const Finding& finding : all) {
    html += std::string("<tr><td class=\"") + class_of(finding.verdict) + "\">" +
            name_of(finding.verdict) + "</td><td><code>" + escaped_html(finding.name) +
            "</code></td><td>" + escaped_html(finding.what);
    if (finding.verdict == Verdict::skip) {
      html += "<br><span class=\"dim\">" + escaped_html(finding.why) + "</span>";
    }
    html += "</td><td>" + seconds_text(finding.took) + "</td></tr>";
  }
  return html + "</table></details>\n";
}

}  // namespace

std::string as_html(const RunInfo& info, const std::vector<Finding>& findings) {
  const Counts counts = count(findings);
  const bool good = counts.failed == 0;
  const std::string title = info.release.empty() ? info.so : info.release;
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\"><title>" +
      escaped_html(title) + ": " + (good ? "passed" : "failed") + "</title><style>" + kStyle +
      "</style></head><body><main>\n<h1>" + escaped_html(title) + "</h1><div class=\"dim\"><code>" +
      escaped_html(info.so) + "</code>" +
      (info.golden.empty() ? std::string(", without goldens")
                           : ", goldens <code>" + escaped_html(info.golden) + "</code>") +
      ", seed " + std::to_string(info.seed) + "</div>\n<div class=\"verdict " +
      (good ? "good" : "bad") + "\"><b>" + (good ? "Passed" : "Failed") + "</b><span>" +
      escaped_html(summary(counts)) + "</span><span>" + seconds_text(info.took) + "</span></div>\n";
  for (const bool bad : {true, false}) {
    std::string cards;
    for (const Finding& finding : findings) {
      const bool mind = finding.verdict == Verdict::warn || finding.verdict == Verdict::waived;
      if (bad ? is_bad(finding.verdict) : mind) cards += card_of(info, finding);
    }
    if (!cards.empty()) html += (bad ? "<h2>What failed</h2>\n" : "<h2>To mind</h2>\n") + cards;
  }
  for (const std::string& line : info.told) {
    html += "<p class=\"mind\">" + escaped_html(line) + "</p>\n";
  }
  std::vector<std::pair<std::string, std::vector<const Finding*>>> groups;
  std::map<std::string, std::size_t> place;
  for (const Finding& finding : findings) {
    const auto [at, fresh] = place.emplace(group_of(finding.name), groups.size());
    if (fresh) groups.push_back({at->first, {}});
    groups[at->second].second.push_back(&finding);
  }
  html += "<h2>All cases</h2>\n<div class=\"card\">\n";
  for (const auto& [name, members] : groups) html += group_part(name, members);
  return html + "</div>\n</main></body></html>\n";
}

}  // namespace tenon::conformance
