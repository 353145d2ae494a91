// [trust] of a workspace: whose signature on a connector's package counts.
#include <algorithm>

#include "manifest/loose_reader.hpp"
#include "manifest/words.hpp"
#include "manifest/workspace_sections.hpp"

namespace tenon::manifest {
namespace {

constexpr std::size_t kMaxConnectorsOfKey = 100;

void read_key(LooseReader& table, const std::vector<TrustedKey>& others, TrustedKey& out) {
  const auto key = table.text("key");
  if (!key) {
    if (!table.has("key")) {
      table.missing("key", "the public half of a key (tenon connector keygen prints it)");
    }
    return;
  }
  if (!is_public_key(*key)) {
    table.fail("key", "wanted \"ed25519:\" and 64 digits of 0-9 and a-f, found " + shown(*key));
    return;
  }
  for (const auto& other : others) {
    if (other.key == *key) {
      table.fail("key", "wanted each key once, found the key of \"" + other.name + "\" again");
    }
  }
  out.key = *key;
}

void read_connectors(LooseReader& table, TrustedKey& out) {
  out.connectors = table.texts("connectors", kMaxConnectorsOfKey);
  if (table.empty_array("connectors")) {
    table.fail("connectors",
               "wanted at least one connector, found none; leave the key out if it "
               "may sign all of them");
  }
  for (const auto& id : out.connectors) {
    if (!is_name(id)) {
      table.fail("connectors", "wanted ids of connectors such as \"webhook\", found " + shown(id));
    }
  }
}

}  // namespace

void read_trust(LooseReader& root, Workspace& out) {
  const auto* node = root.table("trust");
  if (node == nullptr) return;
  LooseReader table(root.report(), *node, "trust");
  out.trust.require_signature = table.boolean("require_signature").value_or(false);
  std::vector<std::string> taken;
  const auto tables = table.tables("keys", kMaxTrustedKeys);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    LooseReader entry(root.report(), *tables[i], entry_path("trust.keys", *tables[i], i));
    TrustedKey key;
    key.name = read_entry_name(entry, taken);
    read_key(entry, out.trust.keys, key);
    read_connectors(entry, key);
    entry.finish();
    out.trust.keys.push_back(std::move(key));
  }
  if (out.trust.require_signature && tables.empty()) {
    table.fail("require_signature",
               "wanted [[trust.keys]] beside it, found none: nothing could be installed");
  }
  table.finish();
}

}  // namespace tenon::manifest
