// The handler may do little: it takes the frames, asks the loader for names, and lets the signal go
// on. Reading what it wrote is done by another process.
#include "conformance/crash_page.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>

#include "conformance/helper_program.hpp"

namespace tenon::conformance {
namespace {

constexpr int kFatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
constexpr std::size_t kStackBytes = 128 * 1024;
constexpr unsigned kHandlerSeconds = 3;  // the loader's lock may be held by who crashed
constexpr std::size_t kMaxShown = 12;
constexpr std::chrono::seconds kSymbolTime{5};

CrashPage* page_of_this_case = nullptr;

template <std::size_t N>
void put(std::array<char, N>& to, const char* text) {
  if (text == nullptr) return;
  std::strncpy(to.data(), text, N - 1);
}

void on_fatal(int number, siginfo_t* info, void* given) {
  signal(SIGALRM, SIG_DFL);
  alarm(kHandlerSeconds);
  CrashPage& page = *page_of_this_case;
  page.address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  page.call = number == SIGSYS ? info->si_syscall : 0;
  page.signal = number;
  const auto* context = static_cast<const ucontext_t*>(given);
  const auto here = static_cast<std::uintptr_t>(context->uc_mcontext.gregs[REG_RIP]);
  std::array<void*, kMaxFrames> frames;
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  bool inside = false;  // past the handler's own frames
  for (int i = 0; i < count; ++i) {
    const auto address = reinterpret_cast<std::uintptr_t>(frames[i]);
    const bool first = address == here;
    inside = inside || first;
    Dl_info where{};
    // A frame holds the address behind its call, which may be of the next line.
    const auto place = first ? address : address - 1;
    if (!inside || dladdr(reinterpret_cast<void*>(place), &where) == 0) continue;
    CrashFrame& frame = page.frames[page.frame_count];
    frame.offset = place - reinterpret_cast<std::uintptr_t>(where.dli_fbase);
    put(frame.file, where.dli_fname);
    put(frame.symbol, where.dli_sname);
    if (++page.frame_count == kMaxFrames) break;
  }
  alarm(0);
  signal(number, SIG_DFL);
  raise(number);  // held back until this returns
}

std::string text_in(const char* bytes, std::size_t most) {
  std::string text(bytes, strnlen(bytes, most));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' '; }, '?');
  return text;
}

std::string offset_text(const CrashFrame& frame) {
  std::array<char, 32> number;
  std::snprintf(number.data(), number.size(), "0x%llx",
                static_cast<unsigned long long>(frame.offset));
  return number.data();
}

// Of one address; more than one where calls were inlined. Nothing where it is not known.
std::vector<std::string> places(const std::string& file, const CrashFrame& frame) {
  const auto answer =
      output_of({"addr2line", "-C", "-f", "-i", "-p", "-e", file, offset_text(frame)}, kSymbolTime);
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < answer.size();) {
    const std::size_t end = std::min(answer.find('\n', at), answer.size());
    const std::string line = answer.substr(at, end - at);
    at = end + 1;
    // No source is known of the C++ library's own functions: their names will do.
    if (line.empty() || line.rfind("??", 0) == 0) continue;
    lines.push_back(line.find(":?") == std::string::npos ? line
                                                         : line.substr(0, line.find(" at ")));
  }
  return lines;
}

}  // namespace

CrashPage* make_crash_page() {
  void* place =
      mmap(nullptr, sizeof(CrashPage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return place == MAP_FAILED ? nullptr : new (place) CrashPage;
}

void leave_traces_in(CrashPage& page) {
  page_of_this_case = &page;
  void* warm[1];
  backtrace(warm, 1);  // loads what it needs while that can still be loaded
  static std::array<char, kStackBytes> stack;
  stack_t other{};
  other.ss_sp = stack.data();
  other.ss_size = stack.size();
  sigaltstack(&other, nullptr);
  struct sigaction action {};
  action.sa_sigaction = &on_fatal;
  // A second fault, in the handler, ends the process at once.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND);
  for (const int number : kFatal) sigaction(number, &action, nullptr);
}

std::string signal_text(const CrashPage& page) {
  const char* name = strsignal(page.signal);
  std::string text = name == nullptr ? "unknown" : name;
  if (page.signal == SIGSEGV || page.signal == SIGBUS) {
    std::array<char, 48> address;
    std::snprintf(address.data(), address.size(), ", at address 0x%llx",
                  static_cast<unsigned long long>(page.address));
    text += address.data();
  }
  return text;
}

std::vector<std::string> backtrace_of(const CrashPage& page) {
  std::array<char, 256> self{};
  const ssize_t length = readlink("/proc/self/exe", self.data(), self.size() - 1);
  const std::string own(self.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
  std::vector<std::string> lines;
  const std::size_t count = std::min<std::size_t>(page.frame_count, kMaxFrames);
  for (std::size_t i = 0; i < count && lines.size() < kMaxShown; ++i) {
    const CrashFrame& frame = page.frames[i];
    const std::string file = text_in(frame.file.data(), frame.file.size());
    // argv[0] is what the loader calls the program.
    const bool is_suite = file == own || file.find("tenon-check") != std::string::npos;
    if (is_suite && !lines.empty()) break;
    const auto known = places(file, frame);
    lines.insert(lines.end(), known.begin(), known.end());
    if (!known.empty()) continue;
    const std::string symbol = text_in(frame.symbol.data(), frame.symbol.size());
    const std::string stem = file.substr(file.rfind('/') + 1);
    lines.push_back((symbol.empty() ? "" : symbol + " in ") + stem + "+" + offset_text(frame));
  }
  return lines;
}

}  // namespace tenon::conformance
