// tenon-abi: holds the ABI's headers to the committed table, and writes the table.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "abi/compare.hpp"
#include "abi/read_layout.hpp"

namespace {

using namespace tenon::abi;

constexpr const char* kUsage =
    "usage: tenon-abi check TABLE PROBE     no promise is broken; what is new may be missing in "
    "TABLE\n"
    "       tenon-abi complete TABLE PROBE  nor is anything missing there\n"
    "       tenon-abi update TABLE PROBE    writes TABLE anew, if no promise is broken\n"
    "PROBE: a shared object made by tenon_abi_probe() of ci/abi/AbiProbe.cmake\n";

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};  // no file yet: an empty table
}

void print(const char* head, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  std::printf("%s\n", head);
  for (const auto& line : lines) std::printf("  %s\n", line.c_str());
}

int judge(const Comparison& result, const std::string& table, bool complete) {
  print("the ABI is broken; take the change back, or add something new instead:", result.broken);
  print("lines of the open minor that are otherwise now; if that is meant, write the table anew:",
        result.changed);
  print("new, and not in the table yet:", result.appended);
  std::printf("abi: kept=%zu broken=%zu changed=%zu appended=%zu\n", result.kept,
              result.broken.size(), result.changed.size(), result.appended.size());
  const bool good =
      result.lawful() && result.changed.empty() && (!complete || result.appended.empty());
  if (!good && result.lawful()) {
    std::printf("mend with: tenon-abi update %s PROBE, and a line in sdk/CHANGELOG.md\n",
                table.c_str());
  }
  return good ? 0 : 1;
}

int update(const Table& promised, const Layout& found, const std::string& path) {
  const auto result = compare(promised, found);
  if (!result.lawful()) return judge(result, path, false);
  std::ofstream out(path, std::ios::binary);
  const std::string text = write_table(successor(promised, found));
  out << text;
  if (!out.flush()) throw std::runtime_error(path + ": cannot be written");
  std::printf("abi: wrote %s\n", path.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc == 4 ? argv[1] : "";
  if (verb != "check" && verb != "complete" && verb != "update") {
    std::fputs(kUsage, stderr);
    return 2;
  }
  try {
    const Table promised = read_table(read_file(argv[2]));
    const Layout found = read_layout(argv[3]);
    if (verb == "update") return update(promised, found, argv[2]);
    return judge(compare(promised, found), argv[2], verb == "complete");
  } catch (const std::exception& error) {
    std::printf("tenon-abi: %s\n", error.what());
    return 2;
  }
}
