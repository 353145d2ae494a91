// Which of ingest's doors a path names.
#pragma once

#include <string_view>

namespace tenon {

enum class IngestDoor { none, segment, cloudevents, healthz, readyz };

struct IngestRoute {
  IngestDoor door = IngestDoor::none;
  std::string_view type;  // of segment: a message type or "batch"; a literal
};

IngestRoute ingest_route(std::string_view path);

// For the Allow header.
std::string_view allowed_methods(IngestDoor door);

}  // namespace tenon
