// Reading paths and parameters through Boost.URL.
#include "api/query.hpp"

#include <algorithm>
#include <array>
#include <boost/url/decode_view.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/parse_path.hpp>
#include <boost/url/parse_query.hpp>
#include <charconv>

namespace tenon {
namespace {

namespace urls = boost::urls;

constexpr std::size_t kMaxParameterBytes = 2'000;

bool is_known(std::string_view known, std::string_view name) {
  std::size_t at = 0;
  while (at < known.size()) {
    const auto end = std::min(known.find(' ', at), known.size());
    if (known.substr(at, end - at) == name) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

Query Query::parse(std::string_view query, std::string_view known) {
  Query out;
  const auto parsed = urls::parse_query(urls::string_view(query.data(), query.size()));
  if (!parsed) {
    out.fault(bad_parameter("query", "a well-formed query string", query));
    return out;
  }
  if (query.empty()) return out;
  for (const auto& parameter : urls::params_view(*parsed)) {
    const std::string name = parameter.key, value = parameter.has_value ? parameter.value : "";
    if (!is_known(known, name)) {
      out.fault(unknown_parameter(name, known));
    } else if (value.size() > kMaxParameterBytes) {
      out.fault(bad_parameter(name, "at most 2000 bytes", value));
    } else if (!out.values_.emplace(name, value).second) {
      out.fault(bad_parameter(name, "the parameter once", "it twice"));
    }
  }
  return out;
}

void Query::fault(Problem problem) {
  if (!problem_) problem_ = std::move(problem);
}

bool Query::has(std::string_view name) const { return values_.find(name) != values_.end(); }

std::string Query::text(std::string_view name) const {
  const auto at = values_.find(name);
  return at == values_.end() ? std::string() : at->second;
}

Time Query::time(std::string_view name) {
  if (!has(name)) return Time{};
  const auto parsed = parse_rfc3339(text(name));
  if (parsed) return *parsed;
  fault(bad_parameter(name, "a time like 2026-01-02T03:04:05Z", text(name)));
  return Time{};
}

std::uint64_t Query::number(std::string_view name, std::uint64_t fallback, std::uint64_t least,
                            std::uint64_t most) {
  if (!has(name)) return fallback;
  const auto found = text(name);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(found.data(), found.data() + found.size(), value);
  if (error == std::errc() && end == found.data() + found.size() && value >= least &&
      value <= most) {
    return value;
  }
  fault(bad_parameter(
      name, "a number from " + std::to_string(least) + " to " + std::to_string(most), found));
  return fallback;
}

PageQuery Query::page() {
  PageQuery page;
  page.limit = number("limit", kDefaultPage, 1, kMaxPage);
  page.after = text("after");
  return page;
}

std::string Query::asked_for() const {
  constexpr std::size_t kMost = 150;
  constexpr std::array<std::string_view, 7> kLeftOut = {"after", "limit", "wait_ms", "since",
                                                        "until", "from",  "to"};
  std::string out;
  for (const auto& [name, value] : values_) {
    if (std::find(kLeftOut.begin(), kLeftOut.end(), name) != kLeftOut.end()) continue;
    out += (out.empty() ? "?" : "&") + name + "=" + value;
  }
  out.resize(std::min(out.size(), kMost));
  return out;
}

std::optional<DeliveryState> parse_delivery_state(std::string_view name) {
  constexpr std::array kStates = {DeliveryState::pending,   DeliveryState::retrying,
                                  DeliveryState::delivered, DeliveryState::dead,
                                  DeliveryState::parked,    DeliveryState::ambiguous,
                                  DeliveryState::skipped,   DeliveryState::filtered};
  for (const auto state : kStates) {
    if (name_of(state) == name) return state;
  }
  return std::nullopt;
}

std::optional<DeliveryState> Query::state(std::string_view name) {
  if (!has(name)) return std::nullopt;
  const auto state = parse_delivery_state(text(name));
  if (!state) fault(bad(name, kDeliveryStates, text(name)));
  return state;
}

std::optional<std::vector<std::string>> path_segments(std::string_view path) {
  const auto parsed = urls::parse_path(urls::string_view(path.data(), path.size()));
  if (!parsed) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& segment : urls::segments_view(*parsed)) out.push_back(segment);
  return out;
}

}  // namespace tenon
