// Archive: files as one tar, in the one form that a package has. Nothing is ever unpacked to disk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "packages/layout.hpp"

namespace tenon::packages {

// ustar; sorted by name, mode 0644, owner 0, time 0. `files` are sorted, each once.
Result<std::string> write_tar(const std::vector<PackedFile>& files);

// The files of a tar that write_tar could have written, and of no other: so two packages with the
// same files are the same, and nothing can hide between them. corrupt: no tar, cut short, or
// another form. invalid: an entry that is no ordinary file, has a name that is not of the layout or
// comes twice, is too large, or one too many; the text names it.
Result<std::vector<PackedFile>> read_tar(std::string_view bytes);

}  // namespace tenon::packages
