// parse_manifest: connector, retry, limits and sign; the other parts are in their own files.
#include "manifest/manifest.hpp"

#include <algorithm>

#include "manifest/manifest_sections.hpp"
#include "manifest/words.hpp"

namespace tenon {
namespace manifest {

std::string read_entry_name(TableReader& entry, std::vector<std::string>& taken) {
  const auto name = entry.text("name");
  if (!name) {
    if (!entry.has("name")) entry.missing("name", kNameForm);
    return {};
  }
  if (!is_name(*name)) {
    entry.fail("name", "wanted " + std::string(kNameForm) + ", found " + shown(*name));
    return {};
  }
  if (std::find(taken.begin(), taken.end(), *name) != taken.end()) {
    entry.fail("name",
               "wanted a name not used above, found " + shown(*name) + " again; rename one");
  }
  taken.push_back(*name);
  return *name;
}

std::string entry_path(std::string_view kind, const TomlNode& entry, std::size_t index) {
  const auto* name = entry.member("name");
  const bool named = name != nullptr && is_name(name->node.text);
  return std::string(kind) + "[" + (named ? name->node.text : std::to_string(index)) + "]";
}

namespace {

constexpr const char* kVersionForm = "a version such as \"1.4.0\" or \"2.0.0-rc.1\"";

void read_abi(TableReader& table, Manifest& out) {
  const auto abi = table.text("abi");
  if (!abi) {
    if (!table.has("abi")) table.missing("abi", "the ABI it needs", "write abi = \"1.0\"");
    return;
  }
  const auto version = parse_version(*abi + ".0");
  if (!version || !version->pre.empty()) {
    table.fail("abi", "wanted major and minor such as \"1.0\", found " + shown(*abi));
  } else if (version->major != 1) {
    table.fail("abi", "wanted ABI major 1, which this host speaks, found " + shown(*abi));
  } else {
    out.abi_major = version->major;
    out.needs_minor = version->minor;
  }
}

void read_ops(TableReader& table, Manifest& out) {
  static const std::vector<std::string> kOps{"deliver", "check", "pull", "webhook", "readback"};
  out.ops = table.texts("ops", kOps.size());
  if (!table.has("ops")) {
    table.missing("ops", "what it can do", "write ops = [\"deliver\", \"check\"]");
  } else if (table.empty_array("ops")) {
    table.fail("ops", "wanted at least one op, found none" + hint_for("", kOps));
  }
  for (const auto& op : out.ops) {
    if (std::find(kOps.begin(), kOps.end(), op) == kOps.end()) {
      table.fail("ops", "wanted a known op, found " + shown(op) + hint_for(op, kOps));
    }
  }
}

void read_retry(TableReader& root, Manifest& out) {
  const auto* node = root.table("retry");
  if (node == nullptr) return;
  TableReader table(root.report(), *node, "retry");
  if (auto v = table.integer("first_ms", 10, 3'600'000)) out.retry.first = milliseconds{*v};
  if (auto v = table.integer("ceiling_ms", 10, 86'400'000)) out.retry.ceiling = milliseconds{*v};
  if (auto v = table.integer("max_age_s", 1, 86'400 * 30)) out.retry.max_age = seconds{*v};
  if (auto v = table.integer("max_attempts", 1, 1'000)) {
    out.retry.max_attempts = static_cast<std::uint32_t>(*v);
  }
  if (out.retry.ceiling < out.retry.first) {
    table.fail(table.has("ceiling_ms") ? "ceiling_ms" : "first_ms",
               "wanted ceiling_ms of at least first_ms, found " +
                   std::to_string(out.retry.ceiling.count()) + " below " +
                   std::to_string(out.retry.first.count()));
  }
  table.finish();
}

void read_limits(TableReader& root, Manifest& out) {
  const auto* node = root.table("limits");
  if (node == nullptr) return;
  TableReader table(root.report(), *node, "limits");
  if (auto v = table.integer("call_deadline_ms", 100, 86'400'000)) {
    out.call_deadline = milliseconds{*v};
  }
  if (auto v = table.integer("concurrency", 1, 64)) {
    out.concurrency = static_cast<std::uint32_t>(*v);
  }
  table.finish();
}

void read_sign(TableReader& root, Manifest& out) {
  const auto* node = root.table("sign");
  if (node != nullptr) {
    TableReader table(root.report(), *node, "sign");
    if (auto scheme = table.one_of("scheme", {"standard-webhooks/1"})) {
      out.sign = *scheme;
    } else if (!table.has("scheme")) {
      table.missing("scheme", "a signing scheme", "write scheme = \"standard-webhooks/1\"");
    }
    out.sign_slot = table.text("slot").value_or("");
    if (!table.has("slot")) table.missing("slot", "the name of a slot of kind \"signing\"");
    const auto* slot = out.slot(out.sign_slot);
    if (!out.sign_slot.empty() && (slot == nullptr || slot->kind != SlotKind::signing)) {
      table.fail("slot", "wanted a declared slot of kind \"signing\", found " +
                             shown(out.sign_slot) + "; add it as [[slot]] or name another");
    }
    table.finish();
  }
  for (const auto& slot : out.slots) {
    if (slot.kind == SlotKind::signing && slot.name != out.sign_slot) {
      root.report().add(root.place(), "slot[" + slot.name + "].kind",
                        "wanted a [sign] table with slot = \"" + slot.name +
                            "\", found none; a signing slot is used by [sign] only");
    }
  }
}

void check_together(TableReader& root, const Manifest& out) {
  const bool delivers = std::find(out.ops.begin(), out.ops.end(), "deliver") != out.ops.end();
  if (delivers && out.actions.empty() && !root.has("action")) {
    root.fail("action", "wanted at least one [[action]] for the op \"deliver\", found none");
  }
  if (!delivers && !out.actions.empty() && !out.ops.empty()) {
    root.fail("action", "wanted \"deliver\" in connector.ops for these actions, found no such op");
  }
  if (out.endpoints.empty() && !root.has("endpoint")) {
    root.fail("endpoint",
              "wanted at least one [[endpoint]], found none; without one no request"
              " can be sent");
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
  const auto* node = root.table("connector");
  if (node == nullptr) {
    if (!root.has("connector")) root.missing("connector", "a table [connector]");
    return;
  }
  TableReader table(root.report(), *node, "connector");
  if (auto id = table.text("id")) {
    if (!is_name(*id))
      table.fail("id", "wanted " + std::string(kNameForm) + ", found " + shown(*id));
    out.id = *id;
  } else if (!table.has("id")) {
    table.missing("id", kNameForm);
  }
  if (auto version = table.text("version")) {
    if (!parse_version(*version)) {
      table.fail("version", "wanted " + std::string(kVersionForm) + ", found " + shown(*version));
    }
    out.version = *version;
  } else if (!table.has("version")) {
    table.missing("version", kVersionForm);
  }
  out.title = table.text("title").value_or("");
  if (!table.has("title")) table.missing("title", "a title for people");
  out.summary = table.text("summary").value_or("");
  read_abi(table, out);
  read_ops(table, out);
  if (auto profile = table.one_of("profile", {"strict", "default"})) out.profile = *profile;
  table.finish();
}

void read_policies(TableReader& root, Manifest& out) {
  read_retry(root, out);
  read_limits(root, out);
  read_sign(root, out);
  check_together(root, out);
}

}  // namespace manifest

const Endpoint* Manifest::endpoint(std::string_view name) const {
  return manifest::by_name(endpoints, name);
}
const Slot* Manifest::slot(std::string_view name) const { return manifest::by_name(slots, name); }
const Action* Manifest::action(std::string_view name) const {
  return manifest::by_name(actions, name);
}

Result<Manifest> parse_manifest(std::string_view toml, std::string_view place) {
  TENON_TRY_AS(const manifest::TomlNode tree, manifest::parse_toml(toml, place));
  manifest::Report report(place);
  Manifest out;
  manifest::TableReader root(report, tree, "", {1, 1});
  manifest::read_connector(root, out);
  manifest::read_settings(root, out);
  manifest::read_endpoints(root, out);
  manifest::read_slots(root, out);
  manifest::read_actions(root, out);
  manifest::read_rate_limits(root, out);
  manifest::read_policies(root, out);
  root.finish();
  if (!report.ok()) return std::move(report).joined();
  return out;
}

}  // namespace tenon
