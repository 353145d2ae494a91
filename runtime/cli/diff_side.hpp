// One side of `tenon connector diff`: a release found in a package, a .so or the running host, with
// what lies beside it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "cli/session.hpp"
#include "manifest/manifest.hpp"
#include "ports/captured_call.hpp"

namespace tenon::cli {

struct NamedText {
  std::string name, text;  // "golden/upsert_ok.json"
};

struct DiffSide {
  Manifest manifest;
  std::string so;                      // the bytes of connector.so
  std::string digest;                  // digest_hex of them
  std::vector<NamedText> goldens;      // of the package, by name; none of a .so
  std::string changes, changes_place;  // changes.toml of the package; "" = it has none
};

// `what`: a .tenonpkg, a .so, or "name@version", for which the host is asked where its file lies
// (on this machine). The error begins with `what`. A host that cannot be asked is `unavailable`.
Result<DiffSide> find_side(Session& session, const std::string& what);

// All *.json directly in a folder, by name. not_found: no such folder, or none in it.
Result<std::vector<NamedText>> goldens_in(const std::string& folder);

}  // namespace tenon::cli
