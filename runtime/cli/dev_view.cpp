// Reading Prometheus' text form, as far as the host writes it.
#include "cli/dev_view.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace tenon::cli {
namespace {

struct Sample {
  std::string_view name;
  std::map<std::string_view, std::string_view> labels;
  double value = 0;
};

// `name{label="value",...} 12`. The names that stand in labels here hold no quotes.
std::optional<Sample> read_sample(std::string_view line) {
  const auto open = line.find('{'), close = line.rfind("} ");
  if (line.starts_with('#') || open == line.npos || close == line.npos || close < open) return {};
  Sample out;
  out.name = line.substr(0, open);
  out.value = std::strtod(std::string(line.substr(close + 2)).c_str(), nullptr);
  std::string_view rest = line.substr(open + 1, close - open - 1);
  while (true) {
    const auto equals = rest.find("=\"");
    const auto end = equals == rest.npos ? rest.npos : rest.find('"', equals + 2);
    if (end == rest.npos) return out;
    out.labels[rest.substr(0, equals)] = rest.substr(equals + 2, end - equals - 2);
    rest.remove_prefix(end + 1);
    if (rest.starts_with(',')) rest.remove_prefix(1);
  }
}

// How many took at most so many seconds, of all endpoints together.
using Buckets = std::map<double, double>;

// The smallest bound that covers the share, narrowed within its bucket as if evenly filled.
std::optional<double> quantile(const Buckets& buckets, double share) {
  if (buckets.empty() || buckets.rbegin()->second <= 0) return {};
  const double wanted = share * buckets.rbegin()->second;
  double below_s = 0, below_count = 0;
  for (const auto& [bound, count] : buckets) {
    if (count >= wanted) {
      if (bound == std::numeric_limits<double>::infinity()) return below_s;
      const double in_it = count - below_count;
      return below_s + (in_it <= 0 ? 0 : (bound - below_s) * (wanted - below_count) / in_it);
    }
    below_s = bound;
    below_count = count;
  }
  return below_s;
}

void add(DevRow& row, const Sample& sample) {
  const auto count = static_cast<std::uint64_t>(sample.value);
  if (sample.name == "tenon_deliveries_total") {
    const auto fate = sample.labels.find("fate");
    if (fate == sample.labels.end()) return;
    if (fate->second == "delivered" || fate->second == "skipped") row.accepted += count;
  } else if (sample.name == "tenon_destination_pending") {
    row.waiting += count;
  } else if (sample.name == "tenon_destination_retrying") {
    row.retrying += count;
  } else {
    row.rejected += count;
  }
}

std::string seconds_text(const std::optional<double>& seconds) {
  if (!seconds) return "-";
  return duration_text(microseconds(static_cast<std::int64_t>(*seconds * 1e6)));
}

std::string faults_of(const DevFacts& facts, const std::string& name) {
  const auto found = facts.faults.find(name);
  return found == facts.faults.end() ? "-" : found->second;
}

std::string head(const DevFacts& facts) {
  std::string out = std::to_string(facts.running.count()) + " s";
  if (facts.to_send > 0) {
    out += ", " + std::to_string(facts.sent) + " of " +
           count_text(facts.to_send, "sample event", "sample events") + " sent";
  }
  return out;
}

}  // namespace

DevRows dev_rows(std::string_view metrics) {
  DevRows rows;
  std::map<std::string, Buckets> took;
  while (!metrics.empty()) {
    const auto end = metrics.find('\n');
    const auto sample = read_sample(metrics.substr(0, end));
    metrics = end == metrics.npos ? std::string_view() : metrics.substr(end + 1);
    if (!sample) continue;
    const auto label = sample->labels.find("destination");
    if (label == sample->labels.end()) continue;
    const std::string name(label->second);
    if (sample->name == "tenon_deliveries_total" || sample->name == "tenon_destination_pending" ||
        sample->name == "tenon_destination_retrying" || sample->name == "tenon_destination_dead" ||
        sample->name == "tenon_destination_parked" ||
        sample->name == "tenon_destination_ambiguous") {
      add(rows[name], *sample);
    } else if (const auto bound = sample->labels.find("le");
               sample->name == "tenon_egress_request_seconds_bucket" &&
               bound != sample->labels.end()) {
      const double at = bound->second == "+Inf"
                            ? std::numeric_limits<double>::infinity()
                            : std::strtod(std::string(bound->second).c_str(), nullptr);
      took[name][at] += sample->value;
    }
  }
  for (auto& [name, row] : rows) {
    row.p50_s = quantile(took[name], 0.5);
    row.p95_s = quantile(took[name], 0.95);
    row.waiting -= std::min(row.waiting, row.retrying);  // who retries is pending, too
  }
  return rows;
}

std::string render_dev_table(const DevFacts& facts, const Style& style) {
  using Align = Table::Align;
  Table table;
  table.column("DESTINATION");
  table.column("ACCEPTED", Align::right);
  table.column("WAITING", Align::right);
  table.column("RETRYING", Align::right);
  table.column("REJECTED", Align::right);
  table.column("P50", Align::right);
  table.column("P95", Align::right);
  table.column("FAULTS");
  const auto number = [](std::uint64_t n, std::string painted) {
    return Table::Cell(std::to_string(n), n == 0 ? std::string("0") : std::move(painted));
  };
  for (const auto& [name, row] : facts.rows) {
    const std::string faults = clean(faults_of(facts, name), 80);
    table.row({clean(name, 40), number(row.accepted, style.good(std::to_string(row.accepted))),
               std::to_string(row.waiting),
               number(row.retrying, style.warn(std::to_string(row.retrying))),
               number(row.rejected, style.bad(std::to_string(row.rejected))),
               seconds_text(row.p50_s), seconds_text(row.p95_s),
               Table::Cell(faults, faults == "none" ? style.dim(faults) : style.warn(faults))});
  }
  return style.dim(head(facts)) + "\n" + table.text(style);
}

std::string render_dev_line(const DevFacts& facts) {
  std::string out = head(facts);
  for (const auto& [name, row] : facts.rows) {
    out += " | " + clean(name, 40) + ": " + std::to_string(row.accepted) + " accepted, " +
           std::to_string(row.waiting) + " waiting, " + std::to_string(row.retrying) +
           " retrying, " + std::to_string(row.rejected) + " rejected, p50 " +
           seconds_text(row.p50_s) + ", p95 " + seconds_text(row.p95_s) + ", faults " +
           clean(faults_of(facts, name), 80);
  }
  return out + "\n";
}

}  // namespace tenon::cli
