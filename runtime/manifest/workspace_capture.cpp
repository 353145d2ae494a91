// [capture] of a workspace: which calls of connectors are kept.
#include "manifest/loose_reader.hpp"
#include "manifest/words.hpp"
#include "manifest/workspace_sections.hpp"

namespace tenon::manifest {
namespace {

// What is personal in most events, where the workspace does not say it.
const std::vector<std::string>& usual_redactions() {
  static const std::vector<std::string> kUsual = {
      "/email",     "/phone",     "/name",        "/firstName", "/lastName", "/first_name",
      "/last_name", "/firstname", "/lastname",    "/address",   "/street",   "/birthday",
      "/ip",        "/username",  "/mobilephone", "/city",      "/zip",      "/postalCode"};
  return kUsual;
}

void read_sample(LooseReader& table, CaptureRules& out) {
  const auto* member = table.any("sample");
  if (member == nullptr) return;
  const auto& node = member->node;
  double share = -1;
  if (node.kind == TomlNode::Kind::real) share = node.real;
  if (node.kind == TomlNode::Kind::integer) share = static_cast<double>(node.integer);
  if (!(share >= 0 && share <= 1)) {  // so that no number is refused, too
    table.fail("sample",
               "wanted a number from 0.0 to 1.0, found " +
                   (node.kind == TomlNode::Kind::real || node.kind == TomlNode::Kind::integer
                        ? "another one"
                        : std::string(words_for(node.kind))));
    return;
  }
  out.sample = share;
}

void read_redact(LooseReader& table, CaptureRules& out) {
  out.redact = table.texts("redact", kMaxRedacted);
  if (!table.has("redact")) out.redact = usual_redactions();
  for (const auto& pointer : out.redact) {
    const auto checked = check_pointer(pointer);
    if (!checked || pointer.empty()) {
      table.fail("redact", "wanted pointers such as \"/email\" or \"/traits/phone\", found " +
                               shown(pointer));
    }
  }
}

}  // namespace

void read_capture(LooseReader& root, Workspace& out) {
  const auto* node = root.table("capture");
  if (node == nullptr) return;
  LooseReader table(root.report(), *node, "capture");
  CaptureRules rules;
  read_sample(table, rules);
  if (const auto mib = table.integer("budget_mib", 16, 65'536)) {
    rules.budget_mib = static_cast<std::uint32_t>(*mib);
  }
  if (const auto days = table.integer("keep_days", 1, 90)) {
    rules.keep_days = static_cast<std::uint32_t>(*days);
  }
  read_redact(table, rules);
  table.finish();
  out.capture = std::move(rules);
}

}  // namespace tenon::manifest
