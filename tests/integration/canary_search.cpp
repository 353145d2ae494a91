// Five encodings of a secret, and where to look for them.
#include "integration/canary_search.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tenon::testing {
namespace {

constexpr std::size_t kBlock = 4'096;

std::string base64(std::string_view bytes, int variant) {
  std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), variant);
  out.resize(out.find('\0'));
  return out;
}

// The secret may stand anywhere in what was encoded: of each of three alignments, the characters
// that depend on nothing else.
std::vector<std::string> base64_forms(std::string_view text) {
  std::vector<std::string> out;
  for (const int variant :
       {sodium_base64_VARIANT_ORIGINAL_NO_PADDING, sodium_base64_VARIANT_URLSAFE_NO_PADDING}) {
    for (const std::size_t before : {0u, 1u, 2u}) {
      const std::string all = base64(std::string(before, 'x') + std::string(text), variant);
      const std::size_t first = (before * 8 + 5) / 6;
      const std::size_t last = (before + text.size()) * 8 / 6;
      std::string form = all.substr(first, last - first);
      // The two alphabets differ in two characters.
      if (std::find(out.begin(), out.end(), form) == out.end()) out.push_back(std::move(form));
    }
  }
  return out;
}

std::string hex(std::string_view text, const char* digits, std::string_view before) {
  std::string out;
  for (const unsigned char byte : text) {
    out += before;
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string wide(std::string_view text) {
  std::string out;
  for (const char c : text) out.append({c, '\0'});
  return out;
}

}  // namespace

std::vector<std::string> CanarySearch::forms(std::string_view text, std::string_view encoding) {
  constexpr const char *kLower = "0123456789abcdef", *kUpper = "0123456789ABCDEF";
  if (encoding == "raw") return {std::string(text)};
  if (encoding == "base64") return base64_forms(text);
  if (encoding == "hex") return {hex(text, kLower, ""), hex(text, kUpper, "")};
  if (encoding == "percent") return {hex(text, kLower, "%"), hex(text, kUpper, "%")};
  return {wide(text)};
}

CanarySearch::CanarySearch(const std::vector<Canary>& canaries) {
  for (const auto& canary : canaries) {
    for (const auto encoding : kCanaryEncodings) {
      for (auto& form : forms(canary.text, encoding)) {
        longest_ = std::max(longest_, form.size());
        needles_.push_back({canary.name, std::string(encoding), std::move(form)});
      }
    }
  }
}

void CanarySearch::look_in_piece(const std::string& where, std::string_view bytes,
                                 std::uint64_t offset) {
  for (const auto& needle : needles_) {
    const void* at = ::memmem(bytes.data(), bytes.size(), needle.form.data(), needle.form.size());
    if (at == nullptr) continue;
    const auto place = static_cast<const char*>(at) - bytes.data();
    hits_.push_back(
        {needle.canary, needle.encoding, where, offset + static_cast<std::uint64_t>(place)});
  }
}

void CanarySearch::look(const std::string& where, std::string_view bytes) {
  ++outputs_;
  const std::string zeros(kBlock, '\0');
  const auto is_empty = [&](std::size_t at) {
    return bytes.substr(at, kBlock) == std::string_view(zeros).substr(0, bytes.size() - at);
  };
  // Pieces of blocks that hold something.
  for (std::size_t at = 0; at < bytes.size();) {
    std::size_t end = at;
    while (end < bytes.size() && !is_empty(end)) end += kBlock;
    end = std::min(end, bytes.size());
    if (end > at) look_in_piece(where, bytes.substr(at, end - at), at);
    bytes_ += end - at;
    at = std::max(end, at + kBlock);
  }
}

void CanarySearch::look_at_file(const std::string& path) {
  // The log's files are large and mostly holes.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  std::string bytes;
  off_t from = 0;
  for (;;) {
    const off_t data = ::lseek(fd, from, SEEK_DATA);
    if (data < 0) break;
    const off_t hole = ::lseek(fd, data, SEEK_HOLE);
    const std::size_t had = bytes.size();
    bytes.resize(had + static_cast<std::size_t>(hole - data));
    const auto got = ::pread(fd, bytes.data() + had, bytes.size() - had, data);
    bytes.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    from = hole;
  }
  ::close(fd);
  look(path, bytes);
}

void CanarySearch::look_at_folder(const std::string& folder,
                                  const std::vector<std::string>& passed_over) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    const bool skip = std::find(passed_over.begin(), passed_over.end(), name) != passed_over.end();
    if (!skip && entry.is_regular_file()) look_at_file(entry.path());
  }
}

bool CanarySearch::look_at_memory(pid_t pid) {
  const std::string process = "/proc/" + std::to_string(pid);
  std::ifstream maps(process + "/maps");
  std::ifstream memory(process + "/mem", std::ios::binary);
  if (!maps || !memory) return false;
  std::string line;
  bool any = false;
  while (std::getline(maps, line)) {
    std::uint64_t from = 0, to = 0;
    char dash = 0;
    std::string rights;
    std::istringstream(line) >> std::hex >> from >> dash >> to >> rights;
    if (rights.find('w') == std::string::npos) continue;
    std::string bytes(to - from, '\0');
    memory.clear();
    memory.seekg(static_cast<std::streamoff>(from));
    memory.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(memory.gcount(), 0)));
    any = any || !bytes.empty();
    look(process + "/mem at " + line.substr(0, line.find(' ')), bytes);
  }
  return any;
}

std::string describe(const std::vector<CanaryHit>& hits) {
  std::string out;
  for (const auto& hit : hits) {
    out += "  " + hit.canary + " as " + hit.encoding + " in " + hit.where + " at " +
           std::to_string(hit.offset) + "\n";
  }
  return out;
}

}  // namespace tenon::testing
