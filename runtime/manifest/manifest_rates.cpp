// The parts of a manifest about rates: what a vendor allows, and how it says what remains.
#include <algorithm>

#include "base/ascii.hpp"
#include "manifest/manifest_sections.hpp"
#include "manifest/words.hpp"

namespace tenon::manifest {
namespace {

RateScope read_scope(TableReader& table) {
  const auto scope = table.text("scope");
  return scope == "app"        ? RateScope::app
         : scope == "endpoint" ? RateScope::endpoint
                               : RateScope::account;
}

RateHeaderForm header_form(const std::string& form) {
  return form == "ietf"            ? RateHeaderForm::ietf
         : form == "used_of_limit" ? RateHeaderForm::used_of_limit
                                   : RateHeaderForm::count;
}

ResetForm reset_form(const std::string& form) {
  return form == "delta_ms"    ? ResetForm::delta_ms
         : form == "unix_s"    ? ResetForm::unix_s
         : form == "unix_ms"   ? ResetForm::unix_ms
         : form == "rfc3339"   ? ResetForm::rfc3339
         : form == "http_date" ? ResetForm::http_date
                               : ResetForm::delta_s;
}

}  // namespace

void read_rate_limits(TableReader& root, Manifest& out) {
  for (auto& table : root.entries("rate_limit")) {
    RateLimit limit;
    limit.bucket = table.text("bucket").value_or("");
    limit.scope = read_scope(table);
    limit.limit = static_cast<std::uint32_t>(table.integer("limit").value_or(0));
    limit.window = milliseconds{table.integer("window_ms").value_or(0)};
    limit.at_once = static_cast<std::uint32_t>(table.integer("at_once").value_or(0));
    if (table.has("limit") != table.has("window_ms")) {
      const bool has_limit = table.has("limit");
      table.missing(has_limit ? "window_ms" : "limit",
                    has_limit ? "the window in milliseconds" : "how many per window");
    } else if (!table.has("limit") && !table.has("at_once")) {
      table.missing("limit", "limit and window_ms, or at_once");
    }
    const bool repeated =
        std::any_of(out.rate_limits.begin(), out.rate_limits.end(), [&](const RateLimit& other) {
          return other.bucket == limit.bucket && other.scope == limit.scope &&
                 other.window == limit.window;
        });
    if (repeated && limit.window.count() > 0) {
      table.fail("window_ms",
                 "wanted one row for each bucket, scope and window, found a second for \"" +
                     limit.bucket + "\"; remove one");
    }
    table.finish();
    out.rate_limits.push_back(std::move(limit));
  }
}

void read_rate_headers(TableReader& root, Manifest& out) {
  for (auto& table : root.entries("rate_header")) {
    RateHeader header;
    header.bucket = table.text("bucket").value_or("");
    header.scope = read_scope(table);
    header.form = header_form(table.text("form").value_or(""));
    header.remaining = lower(table.text("remaining").value_or(""));
    header.limit = lower(table.text("limit").value_or(""));
    header.reset = lower(table.text("reset").value_or(""));
    header.reset_form = reset_form(table.text("reset_form").value_or(""));
    const bool known =
        std::any_of(out.rate_limits.begin(), out.rate_limits.end(),
                    [&](const RateLimit& limit) { return limit.bucket == header.bucket; });
    if (!known && header.bucket != "default" && !header.bucket.empty()) {
      table.fail("bucket",
                 "wanted a bucket that a [[rate_limit]] names, found " + shown(header.bucket));
    }
    table.finish();
    out.rate_headers.push_back(std::move(header));
  }
}

}  // namespace tenon::manifest
