// Reading changes.toml, key by key.
#include "manifest/changes.hpp"

#include <algorithm>

#include "manifest/forms.hpp"
#include "manifest/loose_reader.hpp"

namespace tenon {
namespace {

using manifest::LooseReader;

constexpr std::size_t kMaxChangeText = 500;  // bytes of one value

std::string change_text(LooseReader& entry, const char* key, const char* what) {
  const auto text = entry.text(key);
  if (!text) {
    if (!entry.has(key)) entry.missing(key, what);
    return {};
  }
  if (text->empty() || text->size() > kMaxChangeText) {
    entry.fail(key, std::string("wanted ") + what + " of 1 to " + std::to_string(kMaxChangeText) +
                        " bytes, found " + std::to_string(text->size()));
  }
  return *text;
}

IntendedChange read_change(LooseReader& entry) {
  IntendedChange change;
  change.action = change_text(entry, "action", "the action that behaves otherwise");
  change.field =
      change_text(entry, "field", "the place that the shadow diff names, as \"body.phone\"");
  if (entry.has("kind")) change.kind = change_text(entry, "kind", "the kind of change");
  change.why = change_text(entry, "why", "a sentence for those who will run the release");
  return change;
}

}  // namespace

Result<std::vector<IntendedChange>> parse_changes(std::string_view toml, std::string_view place) {
  TENON_TRY_AS(const auto tree, manifest::parse_toml(toml, place));
  manifest::Report report(place);
  LooseReader root(report, tree, "");
  std::vector<IntendedChange> changes;
  const auto tables = root.tables("change", kMaxIntendedChanges);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    LooseReader entry(report, *tables[i], "change[" + std::to_string(i) + "]");
    IntendedChange change = read_change(entry);
    const bool again = std::any_of(changes.begin(), changes.end(), [&](const auto& other) {
      return other.action == change.action && other.field == change.field &&
             other.kind == change.kind;
    });
    if (again && !change.action.empty()) {
      entry.fail("field", "wanted each change once, found " + manifest::shown(change.field) +
                              " of " + manifest::shown(change.action) + " again");
    }
    entry.finish();
    changes.push_back(std::move(change));
  }
  root.finish();
  if (!report.ok()) return std::move(report).joined();
  return changes;
}

}  // namespace tenon
