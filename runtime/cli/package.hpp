// The commands of `tenon connector` about packages.
#pragma once

#include "cli/session.hpp"

namespace tenon::cli {

// keygen, pack, sign, verify: files only.
void add_package(CLI::App& connector, Session& session);
// install, list, show, remove: of a running host.
void add_installing(CLI::App& connector, Session& session);
// diff: two releases on the same calls.
void add_diff(CLI::App& connector, Session& session);

}  // namespace tenon::cli
