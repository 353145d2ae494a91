// check_artefact: what a connector's file must not ask of the loader. Read as hostile, never
// loaded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tenon::sandbox {

// The bytes of a .so: 64-bit x86-64 shared object, no program interpreter, no executable stack, no
// segment that is writable and executable, no relocation of code, no IFUNC (its resolver would run
// before any constructor), no search path, auditor or filter of its own, and no library but those
// of the C and C++ runtime. corrupt: not such a file at all. unsupported: one that asks for more.
Result<void> check_artefact(std::string_view bytes);

// What tells one state of a file from another without reading it.
struct FileStamp {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;

  bool operator==(const FileStamp&) const = default;
};
// not_found, unavailable: it cannot be looked at.
Result<FileStamp> stamp_of(const std::string& path);

struct Inspected {
  FileStamp stamp;
  std::string digest;  // digest_hex of the bytes that were checked
};
// check_artefact for a file; also that not everybody may write it. Reads up to kMaxConnectorBytes:
// once, when it is installed; a start compares stamps. not_found, unavailable: unreadable.
Result<Inspected> inspect_artefact(const std::string& path);

}  // namespace tenon::sandbox
