// A manifest's text: it is a manifest or an error with its place, and never anything else.
#include "manifest/manifest.hpp"

#include "fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::Input(data, size).rest();
  const auto manifest = tenon::parse_manifest(std::string(text), "fuzz.toml");
  if (manifest) {
    fuzz::must(!manifest->id.empty() && !manifest->ops.empty());
  } else {
    fuzz::must(!manifest.error().message.empty());
  }
  return 0;
}
