// The page: what people open first, so outcomes stand on top and each change has a before and
// after.
#include <algorithm>
#include <cstdio>

#include "shadow/page_style.hpp"
#include "shadow/render.hpp"

namespace tenon::shadow {
namespace {

std::string tag(const char* name, const std::string& css, const std::string& inner) {
  return std::string("<") + name + " class=\"" + css + "\">" + inner + "</" + name + ">";
}

std::string tile(const std::string& css, std::uint64_t number, const char* words) {
  return "<div class=\"tile " + css + "\"><b>" + grouped(number) + "</b><span>" + words +
         "</span></div>\n";
}

// Share of all calls, for the width of a bar; one call of many is still seen.
std::string width_of_bar(std::uint64_t part, std::uint64_t all) {
  if (part == 0 || all == 0) return "0";
  char out[32];
  std::snprintf(out, sizeof out, "%.2f",
                std::max(0.6, 100.0 * static_cast<double>(part) / static_cast<double>(all)));
  return out;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// What one text does not share with the other at its ends is marked.
struct Ends {
  std::size_t front = 0, back = 0;
};

Ends common_ends(const std::string& one, const std::string& other) {
  const std::size_t most = std::min(one.size(), other.size());
  Ends ends;
  while (ends.front < most && one[ends.front] == other[ends.front]) ++ends.front;
  while (ends.front > 0 && ends.front < one.size() && continues(one[ends.front])) --ends.front;
  while (ends.front > 0 && ends.front < other.size() && continues(other[ends.front])) --ends.front;
  while (ends.back < most - ends.front &&
         one[one.size() - 1 - ends.back] == other[other.size() - 1 - ends.back]) {
    ++ends.back;
  }
  while (ends.back > 0 && continues(one[one.size() - ends.back])) --ends.back;
  return ends;
}

std::string marked(const std::string& text, const Ends& ends) {
  const std::size_t middle = text.size() - ends.front - ends.back;
  std::string out = escaped_markup(text.substr(0, ends.front));
  if (middle > 0) {
    out += "<mark>" + escaped_markup(text.substr(ends.front, middle)) + "</mark>";
  }
  return out + escaped_markup(text.substr(text.size() - ends.back));
}

std::string side(const char* css, const char* words, const std::string& text, const Ends& ends) {
  const std::string value =
      text.empty() ? tag("span", "none", "nothing") : "<code>" + marked(text, ends) + "</code>";
  return "<div class=\"side " + std::string(css) + "\"><span>" + words + "</span>" + value +
         "</div>\n";
}

std::string listed_text(const std::string& why) {
  if (why.empty()) return tag("span", "chip bad", "not listed");
  return tag("span", "chip good", "meant") + tag("span", "why", escaped_markup(why));
}

// Of the only kind at its place the calls stand above.
std::string count_html(const KindGroup& kind, const PlaceGroup& place, const Report& report) {
  std::string count = place.kinds.size() > 1 ? calls_of(kind.calls, report) : std::string();
  if (kind.times > kind.calls) {
    count += (count.empty() ? "" : ", ") + grouped(kind.times) + " times";
  }
  return count.empty() ? count : tag("span", "count", count);
}

std::string kind_html(const KindGroup& kind, const PlaceGroup& place, const Report& report) {
  const Ends ends = common_ends(kind.example.before, kind.example.after);
  std::string out = "<div class=\"kind\">\n<div class=\"line\">";
  out += tag("b", "word", escaped_markup(kind.kind));
  out += count_html(kind, place, report);
  out += listed_text(kind.why) + "</div>\n<div class=\"pair\">\n";
  out += side("was", "before", kind.example.before, ends);
  out += side("is", "after", kind.example.after, ends);
  return out + "</div>\n" +
         tag("div", "call", "in " + tag("code", "", escaped_markup(kind.example.call))) +
         "\n</div>\n";
}

std::string place_html(const PlaceGroup& place, const Report& report) {
  std::string out = "<article class=\"card " + std::string(place.listed() ? "meant" : "open") +
                    "\">\n<header>" + tag("code", "place", escaped_markup(place.place)) +
                    tag("span", "action", escaped_markup(place.action)) +
                    tag("span", "count", calls_of(place.calls, report)) + "</header>\n";
  out += "<div class=\"bar\"><i style=\"width:" + width_of_bar(place.calls, report.calls) +
         "%\"></i></div>\n";
  for (const auto& kind : place.kinds) out += kind_html(kind, place, report);
  return out + "</article>\n";
}

std::string request_html(const char* css, const char* words, const std::string& text) {
  const std::string value =
      text.empty() ? tag("span", "none", "nothing") : "<pre>" + escaped_markup(text) + "</pre>";
  return "<div class=\"side " + std::string(css) + "\"><span>" + words + "</span>" + value +
         "</div>\n";
}

std::string away_html(const DivergedGroup& away, const Report& report) {
  const bool first = &away == &report.divergences.front();
  std::string out = "<details" + std::string(first ? " open" : "") + " class=\"card " +
                    std::string(away.listed() ? "meant" : "open") + "\">\n<summary>" +
                    tag("b", "word", "step " + std::to_string(away.step)) +
                    tag("code", "place", escaped_markup(away.asked.empty() ? "-" : away.asked)) +
                    tag("span", "action", escaped_markup(away.action)) +
                    tag("span", "count", calls_of(away.calls, report)) + listed_text(away.why) +
                    "</summary>\n";
  out += "<p>" +
         escaped_markup((away.newer ? report.after : report.before) + ": " + away.example_why) +
         ". What the vendor would have said is not known, so nothing behind this is "
         "compared.</p>\n<div class=\"pair\">\n";
  out += request_html("was", "recorded", away.recorded_text);
  out += request_html("is", "asked for", away.asked_text);
  return out + "</div>\n" + tag("div", "call", "in " + tag("code", "", escaped_markup(away.call))) +
         "\n</details>\n";
}

std::string places_html(const Report& report) {
  std::string out;
  bool any = false;
  Rank last = Rank::outcome;
  for (const auto& place : report.places) {
    if (!any || place.rank != last) out += "<h2>" + std::string(title_of(place.rank)) + "</h2>\n";
    any = true;
    last = place.rank;
    out += place_html(place, report);
  }
  if (!any && report.divergences.empty()) {
    out += tag("p", "quiet", "Both releases do the same in every call.") + "\n";
  }
  return out;
}

std::string notes_html(const Report& report) {
  std::string list;
  for (const auto& [why, calls] : report.not_run) {
    list += "<li>" + grouped(calls) + " not run: " + escaped_markup(why) + "</li>\n";
  }
  for (const auto& change : report.not_seen) {
    list += "<li>listed and not seen: <code>" + escaped_markup(change.field) + "</code> of " +
            escaped_markup(change.action) + "</li>\n";
  }
  if (report.beyond > 0) {
    list += "<li>" + grouped(report.beyond) + " differences are beyond the limits of groups</li>\n";
  }
  return list.empty() ? "" : "<h2>Notes</h2>\n<ul class=\"notes\">\n" + list + "</ul>\n";
}

std::string digest_html(const std::string& release, const std::string& digest) {
  return "<span><code>" + escaped_markup(release) + "</code> " +
         escaped_markup(digest.substr(0, 16)) + "</span>";
}

}  // namespace

std::string to_html(const Report& report) {
  const std::string title = escaped_markup(report.before + " → " + report.after);
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n<title>" +
      title + "</title>\n<style>\n" + std::string(kPageStyle) +
      "</style>\n</head>\n<body>\n<main>\n";
  out += "<header class=\"top\">\n<p class=\"over\">Shadow diff</p>\n<h1>" +
         escaped_markup(report.before) + " <i>→</i> " + escaped_markup(report.after) +
         "</h1>\n<p class=\"verdict " + (report.passed() ? "good" : "bad") + "\">" +
         escaped_markup(verdict_text(report)) + "</p>\n</header>\n<section class=\"tiles\">\n";
  out += tile("", report.calls, "calls run on both") + tile("", report.same, "alike") +
         tile(report.different > 0 ? "some" : "", report.different, "different") +
         tile(report.diverged > 0 ? "some" : "", report.diverged, "diverged") +
         tile(report.unlisted() > 0 ? "bad" : "good", report.unlisted(), "changes not listed") +
         "</section>\n";
  out += "<div class=\"share\"><i class=\"same\" style=\"width:" +
         width_of_bar(report.same, report.calls) + "%\"></i><i class=\"differs\" style=\"width:" +
         width_of_bar(report.different, report.calls) +
         "%\"></i><i class=\"away\" style=\"width:" + width_of_bar(report.diverged, report.calls) +
         "%\"></i></div>\n";
  out += places_html(report);
  if (!report.divergences.empty()) {
    out += "<h2>Diverged</h2>\n";
    for (const auto& away : report.divergences) out += away_html(away, report);
  }
  out += notes_html(report);
  return out + "<footer>" + escaped_markup(report.source) + " · " +
         digest_html(report.before, report.before_digest) + " · " +
         digest_html(report.after, report.after_digest) + "</footer>\n</main>\n</body>\n</html>\n";
}

}  // namespace tenon::shadow
