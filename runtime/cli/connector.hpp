// The group `tenon connector`.
#pragma once

#include "cli/session.hpp"

namespace tenon::cli {

void add_connector(CLI::App& app, Session& session);

}  // namespace tenon::cli
