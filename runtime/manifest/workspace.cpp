// parse_workspace: the top of the file, sources, destinations and routes.
#include "manifest/workspace.hpp"

#include <algorithm>
#include <charconv>

#include "base/hash.hpp"
#include "base/limits.hpp"
#include "manifest/loose_reader.hpp"
#include "manifest/words.hpp"
#include "manifest/workspace_sections.hpp"

namespace tenon {
namespace manifest {
namespace {

constexpr std::int64_t kMaxDeadLetterDays = 3'650;

void read_top_name(LooseReader& root, const char* key, std::string& out) {
  const auto name = root.text(key);
  if (!name) {
    if (!root.has(key)) root.missing(key, kNameForm, std::string("write ") + key + " = \"main\"");
    return;
  }
  if (!is_name(*name)) {
    root.fail(key, "wanted " + std::string(kNameForm) + ", found " + shown(*name));
  }
  out = *name;
}

void read_consent(LooseReader& root) {
  constexpr const char* kHow =
      "consent is not enforced by this release, and a workspace must say that it knows";
  const auto consent = root.text("consent");
  if (!root.has("consent")) {
    root.missing("consent", "consent = \"not_enforced\"", kHow);
  } else if (consent && *consent != "not_enforced") {
    root.fail("consent", "wanted \"not_enforced\", found " + shown(*consent) + "; " + kHow);
  }
}

void read_dedupe(LooseReader& root, Workspace& out) {
  const auto* node = root.table("dedupe");
  if (node == nullptr) return;
  LooseReader table(root.report(), *node, "dedupe");
  if (auto v = table.duration_ms("window", 60'000, 90ll * 86'400'000)) {
    out.dedupe_window = seconds{*v / 1000};
  }
  if (auto v = table.integer("max_ids", 1'000, 1'000'000'000)) {
    out.dedupe_max_ids = static_cast<std::uint64_t>(*v);
  }
  table.finish();
}

void read_retry(LooseReader& parent, Destination& out) {
  const auto* node = parent.table("retry");
  if (node == nullptr) return;
  constexpr std::int64_t kDay = 86'400'000;
  LooseReader table(parent.report(), *node, parent.path("retry"));
  if (auto v = table.duration_ms("first", 10, 3'600'000)) out.retry_first = milliseconds{*v};
  if (auto v = table.duration_ms("ceiling", 10, kDay)) out.retry_ceiling = milliseconds{*v};
  if (auto v = table.duration_ms("max_age", 1'000, 30 * kDay)) {
    out.retry_max_age = seconds{*v / 1000};
  }
  if (auto v = table.integer("max_attempts", 1, 1'000)) {
    out.retry_max_attempts = static_cast<std::uint32_t>(*v);
  }
  if (auto v = table.integer("share", 1, 100)) out.retry_share = static_cast<std::uint32_t>(*v);
  if (out.retry_first && out.retry_ceiling && *out.retry_ceiling < *out.retry_first) {
    table.fail("ceiling", "wanted at least the time of first, found less");
  }
  table.finish();
}

void read_account(LooseReader& table, Destination& out) {
  const auto account = table.text("account");
  if (account && !is_name(*account)) {
    table.fail("account", "wanted " + std::string(kNameForm) + ", found " + shown(*account));
  }
  out.account = account.value_or("");
}

void read_owner(LooseReader& table, std::string& out) {
  constexpr std::size_t kMaxOwner = 200;
  const auto owner = table.text("owner");
  const bool printable = owner && std::all_of(owner->begin(), owner->end(), [](char c) {
                           return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
                         });
  if (owner && (owner->empty() || owner->size() > kMaxOwner || !printable)) {
    table.fail("owner",
               "wanted a team or a mail address of 1 to 200 bytes, found " + shown(*owner));
  }
  out = owner.value_or("");
}

void read_lanes(LooseReader& parent, Destination& out) {
  const auto* node = parent.table("lanes");
  if (node == nullptr) return;
  LooseReader table(parent.report(), *node, parent.path("lanes"));
  for (std::size_t i = 0; i < kLanes; ++i) {
    const std::string lane(name_of(static_cast<Lane>(i)));
    if (auto v = table.integer(lane.c_str(), 1, kMaxLaneWeight)) {
      out.lanes.values[i] = static_cast<std::uint32_t>(*v);
    }
  }
  table.finish();
}

void read_credentials(LooseReader& parent, Destination& out) {
  const auto* node = parent.table("credentials");
  if (node == nullptr) return;
  LooseReader table(parent.report(), *node, parent.path("credentials"));
  for (const auto& member : node->members) {
    const auto value = table.text(member.name);
    if (!is_name(member.name)) {
      parent.report().add(member.place, parent.path("credentials"),
                          "wanted the name of a slot as key, found another form");
    } else if (value) {
      check_secret(table, member.name, *value);
      out.credentials[member.name] = *value;
    }
  }
}

void read_settings_json(LooseReader& parent, Destination& out) {
  out.settings = "{}";
  const auto* node = parent.table("settings");
  if (node == nullptr) return;
  for (const auto& member : node->members) {
    using Kind = TomlNode::Kind;
    const auto kind = member.node.kind;
    if (kind != Kind::string && kind != Kind::integer && kind != Kind::boolean) {
      parent.report().add(
          member.node.place, parent.path("settings") + "." + member.name,
          "wanted a string, an integer, true or false, found " + std::string(words_for(kind)));
      return;
    }
  }
  if (auto json = to_json(*node)) out.settings = *json;
}

void read_connector_name(LooseReader& table, Destination& out) {
  const auto text = table.text("connector");
  if (!text) {
    if (!table.has("connector")) {
      table.missing("connector", "a connector such as \"webhook\" or \"webhook@1.0.0\"");
    }
    return;
  }
  const auto at = text->find('@');
  out.connector = text->substr(0, at);
  if (at != std::string::npos) out.release = text->substr(at + 1);
  if (!is_name(out.connector) || (at != std::string::npos && !parse_version(out.release))) {
    table.fail("connector", "wanted a connector such as \"webhook\" or \"webhook@1.0.0\", found " +
                                shown(*text));
  }
}

// Its bytes say that it is of this machine: no name to resolve, no path, no other form.
bool is_model_address(std::string_view text) {
  constexpr std::string_view kBefore = "http://127.0.0.1:";
  if (!text.starts_with(kBefore)) return false;
  text.remove_prefix(kBefore.size());
  unsigned port = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), port);
  return bad == std::errc() && end == text.data() + text.size() && text.front() != '0' &&
         port <= 65'535;
}

Destination read_destination(LooseReader& table, std::vector<std::string>& taken) {
  Destination out;
  out.name = DestinationName{read_hashed_name(table, taken)};
  read_instance(table, out);
  if (auto v = table.one_of("peers", {"public_only", "allow_loopback", "allow_private"})) {
    out.peers = *v;
  }
  if (auto v = table.text("model")) {
    out.model = *v;
    if (!is_model_address(*v)) {
      table.fail("model",
                 "wanted the address of a vendor's model on this machine, such as "
                 "\"http://127.0.0.1:8099\", found " +
                     shown(*v));
    }
  }
  out.ca_file = table.text("ca_file").value_or("");
  if (table.has("ca_file") && out.ca_file.empty()) {
    table.fail("ca_file", "wanted the path of a PEM file, found an empty or wrong value");
  }
  if (auto v = table.integer("dead_letters_days", 0, kMaxDeadLetterDays)) {
    out.dead_letters_days = static_cast<std::uint32_t>(*v);
  }
  if (auto v = table.one_of("on_ambiguous", {"park", "resend"})) out.on_ambiguous = *v;
  if (auto v = table.integer("linger_ms", 0, 60'000)) out.linger = milliseconds{*v};
  if (auto v = table.integer("max_batch", 1, kMaxCallRecords)) {
    out.max_batch = static_cast<std::uint32_t>(*v);
  }
  read_destination_oauth(table, out);
  read_retry(table, out);
  read_lanes(table, out);
  read_account(table, out);
  read_owner(table, out.owner);
  table.finish();
  return out;
}

template <typename T>
const T* by_name(const std::vector<T>& all, std::string_view name) {
  for (const auto& one : all) {
    if constexpr (std::is_same_v<T, Route> || std::is_same_v<T, Pull>) {
      if (one.name == name) return &one;
    } else {
      if (one.name.value == name) return &one;
    }
  }
  return nullptr;
}

}  // namespace

std::string read_hashed_name(LooseReader& entry, std::vector<std::string>& taken) {
  const auto before = taken.size();
  auto name = read_entry_name(entry, taken);
  for (std::size_t i = 0; i < before && !name.empty(); ++i) {
    if (taken[i] != name && hash_of_name(taken[i]) == hash_of_name(name)) {
      entry.fail("name", "wanted a name whose hash is its own, found that \"" + taken[i] +
                             "\" has the same; rename one");
    }
  }
  return name;
}

void check_secret(LooseReader& table, std::string_view key, std::string_view reference) {
  if (auto checked = check_reference(reference); !checked) {
    table.fail(key, checked.error().message);
  }
}

void read_instance(LooseReader& table, Destination& out) {
  read_connector_name(table, out);
  read_settings_json(table, out);
  read_credentials(table, out);
}

void read_sources(LooseReader& root, Workspace& out) {
  std::vector<std::string> taken;
  const auto tables = root.tables("sources", kMaxSources);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    LooseReader table(root.report(), *tables[i], entry_path("sources", *tables[i], i));
    Source source;
    source.name = SourceName{read_hashed_name(table, taken)};
    if (source.name.value == kNoticeSource) {
      table.fail("name", "wanted another name; \"tenon\" is the platform's own source of notices");
    }
    read_source_webhook(table, source);
    if (auto key = table.text("write_key")) {
      check_secret(table, "write_key", *key);
      source.write_key = *key;
    } else if (!table.has("write_key") && !source.webhook) {
      table.missing("write_key", "a reference such as \"env:WEB_WRITE_KEY\"");
    }
    if (auto v = table.size_bytes("max_body", 1'024, kMaxBodyBytes)) {
      source.max_body = static_cast<std::uint64_t>(*v);
    }
    source.strict_limits = table.boolean("strict_limits").value_or(false);
    source.synthetic = table.boolean("synthetic").value_or(false);
    table.finish();
    out.sources.push_back(std::move(source));
  }
}

void read_destinations(LooseReader& root, Workspace& out) {
  std::vector<std::string> taken;
  const auto tables = root.tables("destinations", kMaxDestinations);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    LooseReader table(root.report(), *tables[i], entry_path("destinations", *tables[i], i));
    out.destinations.push_back(read_destination(table, taken));
  }
}

}  // namespace manifest

const Source* Workspace::source(std::string_view wanted) const {
  return manifest::by_name(sources, wanted);
}
std::string Workspace::source_name(NameHash hash) const {
  for (const auto& one : sources) {
    if (hash_of_name(one.name.value) == hash) return one.name.value;
  }
  return hash == hash_of_name(kNoticeSource) ? std::string(kNoticeSource) : std::string();
}
const Destination* Workspace::destination(std::string_view wanted) const {
  return manifest::by_name(destinations, wanted);
}
const Route* Workspace::route(std::string_view wanted) const {
  return manifest::by_name(routes, wanted);
}

const Pull* Workspace::pull(std::string_view wanted) const {
  return manifest::by_name(pulls, wanted);
}

bool Workspace::takes_notices(std::string_view wanted) const {
  return std::any_of(routes.begin(), routes.end(), [&](const Route& route) {
    const auto& from = route.sources;
    return route.destination == wanted &&
           std::find(from.begin(), from.end(), kNoticeSource) != from.end();
  });
}

Result<Predicate> parse_predicate(std::string_view toml, std::string_view place) {
  TENON_TRY_AS(const auto tree, manifest::parse_toml(toml, place));
  manifest::Report report(place);
  auto predicate = manifest::read_predicate(report, tree, "when");
  if (!report.ok()) return std::move(report).joined();
  return predicate;
}

tl::expected<Workspace, WorkspaceErrors> parse_workspace(std::string_view toml,
                                                         std::string_view place) {
  auto tree = manifest::parse_toml(toml, place);
  if (!tree) return tl::unexpected(WorkspaceErrors{{std::move(tree).error()}});
  manifest::Report report(place);
  manifest::LooseReader root(report, *tree, "", {1, 1});
  Workspace out;
  manifest::read_top_name(root, "tenant", out.tenant.value);
  manifest::read_top_name(root, "workspace", out.name.value);
  manifest::read_consent(root);
  manifest::read_owner(root, out.owner);
  manifest::read_dedupe(root, out);
  if (auto v = root.integer("dead_letters_days", 0, manifest::kMaxDeadLetterDays)) {
    out.dead_letters_days = static_cast<std::uint32_t>(*v);
  }
  manifest::read_sources(root, out);
  manifest::read_destinations(root, out);
  manifest::read_routes(root, out);
  manifest::read_pulls(root, out);
  manifest::read_trust(root, out);
  manifest::read_capture(root, out);
  manifest::read_rollout(root, out);
  root.finish();
  if (!report.ok()) return tl::unexpected(WorkspaceErrors{std::move(report).take()});
  out.place = place;
  out.content = toml;
  out.digest = digest_hex(toml);
  out.version.value = std::stoull(out.digest.substr(0, 16), nullptr, 16);
  return out;
}

}  // namespace tenon
