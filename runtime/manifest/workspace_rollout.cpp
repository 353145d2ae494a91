// [rollout] of a workspace: what a release must stand before it is rolled out.
#include "manifest/loose_reader.hpp"
#include "manifest/words.hpp"
#include "manifest/workspace_sections.hpp"

namespace tenon::manifest {

void read_rollout(LooseReader& root, Workspace& out) {
  const auto* node = root.table("rollout");
  if (node == nullptr) return;
  LooseReader table(root.report(), *node, "rollout");
  const auto word = table.text("conformance");
  if (word == "required") {
    out.rollout.conformance = ConformanceRule::required;
  } else if (word == "off") {
    out.rollout.conformance = ConformanceRule::off;
  } else if (word) {
    table.fail("conformance", "wanted \"required\" or \"off\", found " + shown(*word));
  }
  table.finish();
}

}  // namespace tenon::manifest
