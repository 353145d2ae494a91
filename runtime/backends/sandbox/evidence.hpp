// Evidence: what is kept of a packet that broke the rules. It may hold event data, so the log gets
// its header, size and digest, and only a file that the operator alone may read gets the bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tenon::sandbox {

constexpr std::size_t kMaxEvidenceBytes = 4096;  // of one packet
constexpr std::size_t kMaxEvidenceFiles = 16;    // in the folder; later packets are only logged

// "size=40 digest=... header=544e4e57...": nothing behind the header's 32 bytes.
std::string describe_evidence(std::string_view packet);

// Writes the bytes to a new file, mode 0600, in `folder`, made if needed, mode 0700. Its path, or
// why there is none ("not kept: ..."). The same bytes of one release are kept once.
std::string keep_evidence(const std::string& folder, std::string_view release,
                          std::string_view packet);

}  // namespace tenon::sandbox
