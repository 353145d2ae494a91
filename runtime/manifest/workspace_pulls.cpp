// The pulls of a workspace: which stream of which destination becomes events of which source.
#include <algorithm>

#include "base/time.hpp"
#include "manifest/loose_reader.hpp"
#include "manifest/words.hpp"
#include "manifest/workspace_sections.hpp"

namespace tenon::manifest {
namespace {

template <typename T>
std::vector<std::string> names_of(const std::vector<T>& things) {
  std::vector<std::string> names;
  for (const auto& one : things) names.push_back(one.name.value);
  return names;
}

// A name that must be one of `known`, from another table of the file.
std::string read_reference(LooseReader& table, const char* key, const char* what,
                           const std::vector<std::string>& known) {
  const auto name = table.text(key);
  if (!name) {
    if (!table.has(key)) table.missing(key, std::string("the name of a ") + what);
    return {};
  }
  if (std::find(known.begin(), known.end(), *name) == known.end()) {
    table.fail(key, "wanted a " + std::string(what) + " of this file, found " + shown(*name) +
                        hint_for(*name, known));
  }
  return *name;
}

std::string read_start(LooseReader& table) {
  const auto start = table.text("start");
  if (!start || *start == "earliest") return {};
  if (*start == "now") return *start;
  const auto time = parse_rfc3339(*start);
  if (!time) {
    table.fail("start",
               "wanted \"earliest\", \"now\" or a time such as \"2026-01-31T00:00:00Z\""
               ", found " +
                   shown(*start));
    return {};
  }
  return to_rfc3339(*time);
}

}  // namespace

void read_pulls(LooseReader& root, Workspace& out) {
  std::vector<std::string> taken;
  const auto sources = names_of(out.sources), destinations = names_of(out.destinations);
  const auto tables = root.tables("pulls", kMaxPulls);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    LooseReader table(root.report(), *tables[i], entry_path("pulls", *tables[i], i));
    Pull pull;
    pull.name = read_entry_name(table, taken);
    pull.destination = read_reference(table, "destination", "destination", destinations);
    pull.stream = table.text("stream").value_or("");
    if (!table.has("stream")) table.missing("stream", "a stream that the connector declares");
    pull.source = read_reference(table, "source", "source", sources);
    if (auto v = table.duration_ms("interval", 1'000, 7ll * 86'400'000)) {
      pull.interval = std::chrono::seconds{*v / 1000};
    }
    pull.start = read_start(table);
    table.finish();
    out.pulls.push_back(std::move(pull));
  }
}

}  // namespace tenon::manifest
