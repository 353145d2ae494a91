// The reference of a format for people, as Markdown: every key, and the error that it can raise.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "manifest/format.hpp"

namespace tenon::manifest {

// The errors of a file, by really parsing it.
using FindErrors = std::vector<Error> (*)(std::string_view toml, std::string_view place);

std::string reference_text(const Format& format, FindErrors find_errors);
std::string manifest_reference();

}  // namespace tenon::manifest
