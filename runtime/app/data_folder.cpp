// Reading and writing the format of the data folder.
#include "app/data_folder.hpp"

#include <charconv>
#include <filesystem>

#include "backends/file_log/disk.hpp"

namespace tenon::app {
namespace {

constexpr std::string_view kWords = "tenon data folder, format ";

std::string text_of(int format) { return std::string(kWords) + std::to_string(format) + "\n"; }

}  // namespace

Result<void> open_data_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return unavailable("cannot make " + path + ": " + error.message());
  SystemDisk disk;
  const std::string file = path + "/format";
  const auto opened = disk.open(file, DiskOpen::existing);
  if (!opened) {
    if (opened.error().kind != ErrorKind::not_found) return Error(opened.error());
    // New, or of a release before there was such a file: the same format.
    TENON_TRY_AS(auto made, disk.open(file + ".tmp", DiskOpen::replace));
    TENON_TRY(write_all(*made, 0, text_of(kDataFormat)));
    TENON_TRY(made->sync());
    TENON_TRY(disk.rename(file + ".tmp", file));
    return disk.sync_directory(path);
  }
  TENON_TRY_AS(const auto text, read_whole(**opened, 4'096));
  int format = 0;
  const char* begin = text.data() + std::min(text.size(), kWords.size());
  const auto parsed = std::from_chars(begin, text.data() + text.size(), format);
  if (!text.starts_with(kWords) || parsed.ec != std::errc()) {
    return corrupt("wanted \"" + text_of(kDataFormat).substr(0, kWords.size() + 1) +
                       "\", found something else: is this a data folder of tenond? If it is, "
                       "restore the file",
                   file);
  }
  if (format > kDataFormat) {
    return unsupported("wanted a data folder of format " + std::to_string(kDataFormat) +
                           ", found format " + std::to_string(format) +
                           "; a later version wrote it: start that one",
                       file);
  }
  return {};
}

}  // namespace tenon::app
