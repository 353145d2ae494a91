// The table of ingest's paths.
#include "ingest/routes.hpp"

#include <array>
#include <utility>

namespace tenon {
namespace {

// The short names are those of Segment's browser client.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kSegmentPaths = {{
    {"/v1/track", "track"},
    {"/v1/identify", "identify"},
    {"/v1/page", "page"},
    {"/v1/screen", "screen"},
    {"/v1/group", "group"},
    {"/v1/alias", "alias"},
    {"/v1/batch", "batch"},
    {"/v1/import", "batch"},
    {"/v1/t", "track"},
    {"/v1/i", "identify"},
    {"/v1/p", "page"},
    {"/v1/s", "screen"},
    {"/v1/g", "group"},
    {"/v1/a", "alias"},
}};

}  // namespace

IngestRoute ingest_route(std::string_view path) {
  for (const auto& [name, type] : kSegmentPaths) {
    if (path == name) return {IngestDoor::segment, type};
  }
  if (path == "/ce") return {IngestDoor::cloudevents, {}};
  if (path == "/healthz") return {IngestDoor::healthz, {}};
  if (path == "/readyz") return {IngestDoor::readyz, {}};
  return {};
}

std::string_view allowed_methods(IngestDoor door) {
  return door == IngestDoor::healthz || door == IngestDoor::readyz ? "GET, HEAD" : "POST, OPTIONS";
}

}  // namespace tenon
