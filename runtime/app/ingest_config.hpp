// What ingest needs of a workspace, its write keys read.
#pragma once

#include "ingest/ingest.hpp"
#include "manifest/workspace.hpp"
#include "ports/secret_store.hpp"
#include "ports/telemetry.hpp"

namespace tenon::app {

// `problem` becomes the reason why a write key cannot be read, "" if all can: then it is not known
// who may send, and nobody is let in. Of a key with an overlap all valid versions count.
IngestConfig ingest_config_of(const Workspace& workspace, SecretStore& secrets,
                              Telemetry& telemetry, std::string& problem);

}  // namespace tenon::app
