// parse_manifest: connector, retry, limits and sign; the other parts are in their own files.
#include "manifest/manifest.hpp"

#include <algorithm>

#include "manifest/manifest_sections.hpp"
#include "manifest/words.hpp"

namespace tenon {
namespace manifest {

std::string read_entry_name(TableReader& entry, std::vector<std::string>& taken) {
  const auto name = entry.text("name");
  if (!name) return {};
  if (std::find(taken.begin(), taken.end(), *name) != taken.end()) {
    entry.fail("name",
               "wanted a name not used above, found " + shown(*name) + " again; rename one");
  }
  taken.push_back(*name);
  return *name;
}

namespace {

void read_retry(TableReader table, RetryPolicy& out) {
  if (auto v = table.integer("first_ms")) out.first = milliseconds{*v};
  if (auto v = table.integer("ceiling_ms")) out.ceiling = milliseconds{*v};
  if (auto v = table.integer("max_age_s")) out.max_age = seconds{*v};
  if (auto v = table.integer("max_attempts")) out.max_attempts = static_cast<std::uint32_t>(*v);
  if (out.ceiling < out.first) {
    table.fail(table.has("ceiling_ms") ? "ceiling_ms" : "first_ms",
               "wanted ceiling_ms of at least first_ms, found " +
                   std::to_string(out.ceiling.count()) + " below " +
                   std::to_string(out.first.count()));
  }
  table.finish();
}

void read_limits(TableReader table, Manifest& out) {
  if (auto v = table.integer("call_deadline_ms")) out.call_deadline = milliseconds{*v};
  if (auto v = table.integer("concurrency")) out.concurrency = static_cast<std::uint32_t>(*v);
  table.finish();
}

void read_sign(TableReader table, Manifest& out) {
  out.sign = table.text("scheme").value_or("");
  out.sign_slot = table.text("slot").value_or("");
  const auto* slot = out.slot(out.sign_slot);
  if (!out.sign_slot.empty() && (slot == nullptr || slot->kind != SlotKind::signing)) {
    table.fail("slot", "wanted a declared slot of kind \"signing\", found " + shown(out.sign_slot) +
                           "; add it as [[slot]] or name another");
  }
  table.finish();
}

void check_signing_slots(TableReader& root, const Manifest& out) {
  for (const auto& slot : out.slots) {
    if (slot.kind == SlotKind::signing && slot.name != out.sign_slot &&
        !out.is_inbound_slot(slot.name)) {
      root.report().add(root.place(), "slot[" + slot.name + "].kind",
                        "wanted a [sign] or [webhook] table with slot = \"" + slot.name +
                            "\", found none; a signing slot is used by these only");
    }
  }
}

// Tables of an op that is not declared are a mistake; an op without them can do nothing, which
// older releases may say.
void check_op(TableReader& root, const Manifest& out, const std::string& op, const char* key,
              bool declared, const std::string& what) {
  const bool has = std::find(out.ops.begin(), out.ops.end(), op) != out.ops.end();
  if (has && !declared) {
    root.warn(key, "without " + what + " the op \"" + op + "\" can do nothing; add one");
  } else if (!has && declared && !out.ops.empty()) {
    root.fail(key, "wanted \"" + op + "\" in connector.ops for " + what + ", found no such op");
  }
}

void check_together(TableReader& root, const Manifest& out) {
  const bool delivers = std::find(out.ops.begin(), out.ops.end(), "deliver") != out.ops.end();
  const bool reads = std::any_of(out.actions.begin(), out.actions.end(),
                                 [](const Action& action) { return action.readback; });
  check_op(root, out, "readback", "action", reads, "[[action]] with readback = true");
  check_op(root, out, "pull", "stream", !out.streams.empty(), "[[stream]]");
  if (delivers && out.actions.empty() && !root.has("action")) {
    root.fail("action", "wanted at least one [[action]] for the op \"deliver\", found none");
  }
  if (!delivers && !out.actions.empty() && !out.ops.empty()) {
    root.fail("action", "wanted \"deliver\" in connector.ops for these actions, found no such op");
  }
  const bool asks = std::any_of(out.ops.begin(), out.ops.end(),
                                [](const std::string& op) { return op != "webhook"; });
  if (out.endpoints.empty() && (asks || out.ops.empty())) {
    root.missing("endpoint", "at least one [[endpoint]] that requests may go to");
  }
}

template <typename T>
const T* by_name(const std::vector<T>& all, std::string_view name) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const T& x) { return x.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

void read_connector(TableReader& root, Manifest& out) {
  auto table = root.sub("connector");
  out.id = table.text("id").value_or("");
  out.version = table.text("version").value_or("");
  out.title = table.text("title").value_or("");
  out.summary = table.text("summary").value_or("");
  if (auto abi = table.text("abi")) {
    const auto version = parse_version(*abi + ".0");
    out.abi_major = version->major;
    out.needs_minor = version->minor;
  }
  out.ops = table.texts("ops");
  if (auto profile = table.text("profile")) out.profile = *profile;
  table.finish();
}

void read_policies(TableReader& root, Manifest& out) {
  read_retry(root.sub("retry"), out.retry);
  read_limits(root.sub("limits"), out);
  read_sign(root.sub("sign"), out);
  check_signing_slots(root, out);
  check_together(root, out);
}

Manifest read_all(Report& report, const TomlNode& tree) {
  Manifest out;
  TableReader root(report, manifest_format(), tree);
  read_connector(root, out);
  read_settings(root, out);
  read_endpoints(root, out);
  read_slots(root, out);
  read_actions(root, out);
  read_streams(root, out);
  read_rate_limits(root, out);
  read_rate_headers(root, out);
  read_webhook(root, out);
  read_oauth(root, out);
  read_support(root, out);
  read_policies(root, out);
  root.finish();
  return out;
}

}  // namespace manifest

const Endpoint* Manifest::endpoint(std::string_view name) const {
  return manifest::by_name(endpoints, name);
}
const Slot* Manifest::slot(std::string_view name) const { return manifest::by_name(slots, name); }
const Action* Manifest::action(std::string_view name) const {
  return manifest::by_name(actions, name);
}
const StreamDecl* Manifest::stream(std::string_view name) const {
  return manifest::by_name(streams, name);
}

bool Manifest::is_inbound_slot(std::string_view name) const {
  return webhook && (name == webhook->slot || name == webhook->challenge_slot);
}

ManifestCheck check_manifest(std::string_view toml, std::string_view place) {
  ManifestCheck out;
  auto tree = manifest::parse_toml(toml, place);
  if (!tree) {
    out.errors.push_back(std::move(tree).error());
    return out;
  }
  manifest::Report report(place);
  out.manifest = manifest::read_all(report, *tree);
  if (report.ok()) manifest::advise(report, *tree, out.manifest);
  out.errors = report.errors();
  out.warnings = report.warnings();
  return out;
}

Result<Manifest> parse_manifest(std::string_view toml, std::string_view place) {
  TENON_TRY_AS(const manifest::TomlNode tree, manifest::parse_toml(toml, place));
  manifest::Report report(place);
  auto out = manifest::read_all(report, tree);
  if (!report.ok()) return std::move(report).joined();
  return out;
}

}  // namespace tenon
