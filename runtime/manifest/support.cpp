// [vendor_api] and [support], and what they mean today.
#include "manifest/support.hpp"

#include "manifest/manifest.hpp"
#include "manifest/manifest_sections.hpp"

namespace tenon {
namespace {

std::string day_text(Time day) { return to_rfc3339(day).substr(0, 10); }

std::string when_text(Time end, Time now) {
  const auto days = (us_of(end) - us_of(now)) / 86'400'000'000;
  if (end <= now) return "ended on " + day_text(end);
  return "ends on " + day_text(end) + ", in " +
         (days == 1 ? std::string("1 day") : std::to_string(days) + " days");
}

}  // namespace

std::optional<Time> parse_day(std::string_view text) {
  if (text.size() != 10) return std::nullopt;
  const auto time = parse_rfc3339(std::string(text) + "T00:00:00Z");
  if (!time || day_text(*time) != text) return std::nullopt;
  return *time;
}

std::vector<Ending> endings_of(const Manifest& manifest, Time now) {
  std::vector<Ending> out;
  const auto& api = manifest.vendor_api;
  if (api.sunset && *api.sunset - now <= kEndIsNear) {
    out.push_back({*api.sunset - now <= kEndIsClose,
                   "the vendor's API " + api.version + " " + when_text(*api.sunset, now),
                   "roll out a release of " + manifest.id + " for a newer API before that day"});
  }
  const auto& support = manifest.support;
  const bool near = support.ends && *support.ends - now <= kEndIsNear;
  const bool deprecated = support.deprecated && *support.deprecated <= now;
  if (!near && !deprecated) return out;
  std::string text = "support of " + manifest.release() + " ";
  text = near ? text + when_text(*support.ends, now)
              : manifest.release() + " is deprecated since " + day_text(*support.deprecated) +
                    (support.ends ? ", and its support ends on " + day_text(*support.ends) : "");
  out.push_back({near && *support.ends - now <= kEndIsClose, std::move(text),
                 support.use.empty() ? "roll out a newer release of " + manifest.id
                                     : "roll out " + manifest.id + "@" + support.use + " instead"});
  return out;
}

namespace manifest {

void read_support(TableReader& root, Manifest& out) {
  const auto day = [](TableReader& table, const char* key) {
    const auto text = table.text(key);
    return text ? parse_day(*text) : std::nullopt;
  };
  auto api = root.sub("vendor_api");
  out.vendor_api.version = api.text("version").value_or("");
  out.vendor_api.sunset = day(api, "sunset");
  api.finish();
  auto support = root.sub("support");
  out.support.deprecated = day(support, "deprecated");
  out.support.ends = day(support, "ends");
  out.support.use = support.text("use").value_or("");
  support.finish();
}

}  // namespace manifest
}  // namespace tenon
