// The command group `tenon backup`.
#pragma once

#include "cli/session.hpp"

namespace tenon::cli {

void add_backup(CLI::App& app, Session& session);

}  // namespace tenon::cli
