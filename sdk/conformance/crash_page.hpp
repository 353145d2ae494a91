// CrashPage: what a dying case leaves in memory that it shares with the process that watches it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tenon::conformance {

constexpr std::size_t kMaxFrames = 48;

// Where in which file; `symbol` is what the loader knows, which is little: connectors hide theirs.
struct CrashFrame {
  std::uint64_t offset = 0;
  std::array<char, 256> file{};
  std::array<char, 128> symbol{};
};

// The connector can write here, too: whoever reads it believes no length and no text in it.
struct CrashPage {
  std::int32_t signal = 0;  // 0: nothing was left
  std::int32_t call = 0;    // number of the system call, of SIGSYS
  std::uint64_t address = 0;
  std::uint32_t frame_count = 0;
  std::array<CrashFrame, kMaxFrames> frames{};
};

// Shared with the children forked after it; null without memory. Never given back: the process that
// makes one watches one case and ends.
CrashPage* make_crash_page();

// From here on a fatal signal of this process fills the page, on a stack of its own, and then ends
// the process as it would have without. Once per process.
void leave_traces_in(CrashPage& page);

// The signal's name, and what is known of the place: "Segmentation fault, at address 0x10".
std::string signal_text(const CrashPage& page);
// One line per frame from where it happened up to the suite's own code: by addr2line where this
// machine has it, else by offset.
std::vector<std::string> backtrace_of(const CrashPage& page);

}  // namespace tenon::conformance
