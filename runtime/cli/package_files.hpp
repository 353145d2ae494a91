// Files of packages and keys: read, gathered and written for the commands of `tenon connector`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "packages/package.hpp"

namespace tenon::cli {

// connector.so, and what `folder` has of the files and folders that a package may hold. What else
// lies there is not looked at. not_found: no such .so or folder.
Result<std::vector<packages::PackedFile>> gather(const std::string& so, const std::string& folder);

// Read, checked as a whole, and under the name of its release. The error begins with the path.
Result<packages::Package> read_package_file(const std::string& path);
// In place of what is there, whole or not at all.
Result<void> write_package_file(const std::string& path, std::string_view bytes);

// A new file that its owner alone may read (mode 0600). conflict: something is there: a key that is
// written over could never be had again.
Result<void> write_key_file(const std::string& path, const packages::PrivateKey& key);
// invalid: others may read it, too.
Result<packages::PrivateKey> read_key_file(const std::string& path);

}  // namespace tenon::cli
