// Secrets lie in pages that no core file gets; what finds no room there is counted.
#include "base/locked_memory.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/secret.hpp"

namespace tenon {
namespace {

// The kernel's flags of the pages at `place`: "dd" = left out of core files.
std::string flags_of_pages(const void* place) {
  const auto wanted = reinterpret_cast<std::uintptr_t>(place);
  std::ifstream smaps("/proc/self/smaps");
  bool here = false;
  for (std::string line; std::getline(smaps, line);) {
    std::uintptr_t begin = 0, end = 0;
    char dash = 0;
    std::istringstream words(line);
    if (words >> std::hex >> begin >> dash >> end && dash == '-') {
      here = begin <= wanted && wanted < end;
    }
    if (here && line.starts_with("VmFlags:")) return line + " ";
  }
  return {};
}

TEST(LockedMemory, SecretsAreLeftOutOfCoreFiles) {
  const Secret secret(std::string(100, 's'));
  EXPECT_NE(flags_of_pages(secret.reveal().data()).find(" dd "), std::string::npos)
      << flags_of_pages(secret.reveal().data());
  const std::string plain(100, 's');
  EXPECT_EQ(flags_of_pages(plain.data()).find(" dd "), std::string::npos) << "or it proves nothing";
}

TEST(LockedMemory, IsBoundedCountedAndGivenBack) {
  const auto before = locked_memory();
  ASSERT_GT(before.bytes, 0u);
  {
    std::vector<Secret> many;
    for (int i = 0; i < 40; ++i) many.emplace_back(std::string(kMaxLockedBytes / 32, 'm'));
    const auto full = locked_memory();
    EXPECT_LE(full.used, full.bytes);
    EXPECT_GE(full.outside, kMaxLockedBytes / 4);
    for (const auto& one : many) EXPECT_EQ(one.reveal(), std::string(kMaxLockedBytes / 32, 'm'));
  }
  EXPECT_EQ(locked_memory().used, before.used);
  EXPECT_EQ(locked_memory().outside, before.outside);
}

TEST(LockedMemory, IsWipedBeforeItIsGivenBack) {
  const char* place = nullptr;
  {
    const Secret secret(std::string(256, 'w'));
    place = secret.reveal().data();
  }
  // The pages stay mapped; the allocator may have put words of its own at the beginning.
  EXPECT_EQ(std::string(place, 256).find("www"), std::string::npos);
}

}  // namespace
}  // namespace tenon
