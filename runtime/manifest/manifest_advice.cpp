// Advice on a manifest without mistakes: what ties several keys together and would be better said.
#include <algorithm>

#include "manifest/manifest_sections.hpp"

namespace tenon::manifest {
namespace {

// The entries of [[kind]] are in the order of the manifest's, since there was no mistake.
TomlPlace place_of(const TomlNode& tree, std::string_view kind, std::size_t index) {
  const auto* member = tree.member(kind);
  return member != nullptr && index < member->node.items.size() ? member->node.items[index].place
                                                                : TomlPlace{1, 1};
}

void advise_on_actions(Report& report, const TomlNode& tree, const Manifest& manifest) {
  for (std::size_t i = 0; i < manifest.actions.size(); ++i) {
    const auto& action = manifest.actions[i];
    const auto place = place_of(tree, "action", i);
    const auto path = "action[" + action.name + "]";
    if (!action.open_fields && action.optional_fields.empty()) {
      report.warn(place, path + ".optional_fields",
                  action.required_fields.empty()
                      ? "found no fields at all, so that every record is empty; name the fields or "
                        "write open_fields = true"
                      : "found only required fields; name what else the vendor takes, or write "
                        "open_fields = true");
    }
    if (action.batch.max_records > 1 && action.batch.unique.empty() &&
        !action.required_fields.empty()) {
      report.warn(place, path + ".batch.unique",
                  "found nothing; if the vendor refuses a batch in which two records are alike in "
                  "a field such as \"" +
                      action.required_fields.front() + "\", name that field");
    }
  }
}

void advise_on_slots(Report& report, const TomlNode& tree, const Manifest& manifest) {
  for (std::size_t i = 0; i < manifest.slots.size(); ++i) {
    const auto& slot = manifest.slots[i];
    if (!slot.endpoints.empty() || manifest.endpoints.size() < 2) continue;
    report.warn(place_of(tree, "slot", i), "slot[" + slot.name + "].endpoints",
                "found nothing, so that the secret may go to each of the " +
                    std::to_string(manifest.endpoints.size()) +
                    " endpoints; name those that need it");
  }
}

}  // namespace

void advise(Report& report, const TomlNode& tree, const Manifest& manifest) {
  advise_on_slots(report, tree, manifest);
  advise_on_actions(report, tree, manifest);
  const auto& ops = manifest.ops;
  if (std::find(ops.begin(), ops.end(), "check") == ops.end()) {
    report.warn({1, 1}, "connector.ops",
                "found no \"check\"; without it nobody learns of a wrong credential before events "
                "flow");
  }
  const auto& limits = manifest.rate_limits;
  if (!limits.empty() && std::none_of(limits.begin(), limits.end(), [](const RateLimit& limit) {
        return limit.bucket == "default";
      })) {
    report.warn(place_of(tree, "rate_limit", 0), "rate_limit",
                "found no row for the bucket \"default\", so that requests that name no bucket are "
                "not limited");
  }
}

}  // namespace tenon::manifest
