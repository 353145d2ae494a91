// changes.toml: whole entries, each once and with a reason, or every mistake with its place.
#include "manifest/changes.hpp"

#include "fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const auto changes = tenon::parse_changes(input.rest(), "changes.toml");
  if (!changes) {
    fuzz::must(changes.error().text().find("changes.toml") != std::string::npos);
    return 0;
  }
  fuzz::must(changes->size() <= tenon::kMaxIntendedChanges);
  for (std::size_t i = 0; i < changes->size(); ++i) {
    const auto& one = (*changes)[i];
    fuzz::must(!one.action.empty() && !one.field.empty() && !one.why.empty());
    fuzz::must(one.speaks_of(one.action, one.field, one.kind));
    for (std::size_t k = 0; k < i; ++k) {
      const auto& other = (*changes)[k];
      fuzz::must(other.action != one.action || other.field != one.field || other.kind != one.kind);
    }
  }
  return 0;
}
