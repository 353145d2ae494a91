// The streams of a manifest: what can be pulled.
#include "manifest/manifest_sections.hpp"

namespace tenon::manifest {

void read_streams(TableReader& root, Manifest& out) {
  std::vector<std::string> taken;
  for (auto& table : root.entries("stream")) {
    StreamDecl stream;
    stream.name = read_entry_name(table, taken);
    stream.title = table.text("title").value_or("");
    stream.starts_by_time = table.text("cursor").value_or("opaque") == "time";
    if (auto v = table.integer("interval_s")) stream.interval = seconds{*v};
    table.finish();
    out.streams.push_back(std::move(stream));
  }
}

}  // namespace tenon::manifest
