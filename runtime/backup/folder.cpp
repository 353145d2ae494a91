// Copies and names, through the same seam as the log's files.
#include "backup/folder.hpp"

#include <algorithm>
#include <filesystem>

#include "base/hash.hpp"

namespace tenon::backup {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestFile = 4ull << 30;
constexpr std::size_t kPiece = 1u << 20;

std::string parent_of(const std::string& path) {
  const auto parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

}  // namespace

UnfinishedFolder::UnfinishedFolder(Disk& disk, std::string path)
    : disk_(disk), path_(std::move(path)), unfinished_(path_ + std::string(kUnfinished)) {}

UnfinishedFolder::UnfinishedFolder(UnfinishedFolder&& other) noexcept
    : disk_(other.disk_),
      path_(std::move(other.path_)),
      unfinished_(std::move(other.unfinished_)),
      directories_(std::move(other.directories_)),
      open_(other.open_) {
  other.open_ = false;
}

UnfinishedFolder::~UnfinishedFolder() {
  if (!open_) return;
  std::error_code ignored;  // what cannot be removed keeps its name, which says what it is
  fs::remove_all(unfinished_, ignored);
}

Result<UnfinishedFolder> UnfinishedFolder::make(Disk& disk, std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_empty(path, error)) {
    return conflict("wanted a folder that is new or empty, found one with files in it", path);
  }
  UnfinishedFolder folder(disk, path);
  if (fs::exists(folder.unfinished_, error)) {
    folder.open_ = false;
    return conflict("what an earlier run left unfinished lies there: remove it",
                    folder.unfinished_);
  }
  TENON_TRY(disk.make_directory(folder.unfinished_));
  folder.directories_.push_back(folder.unfinished_);
  return folder;
}

Result<void> UnfinishedFolder::make_directory(std::string_view path) {
  const std::string whole = at(path);
  TENON_TRY(disk_.make_directory(whole));
  directories_.push_back(whole);
  return {};
}

Result<BackupFile> UnfinishedFolder::copy(const std::string& from, const std::string& to,
                                          std::uint64_t bytes) {
  TENON_TRY_AS(auto source, disk_.open(from, DiskOpen::existing));
  TENON_TRY_AS(auto target, disk_.open(at(to), DiskOpen::replace));
  std::string piece(kPiece, '\0');
  for (std::uint64_t done = 0; done < bytes;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, bytes - done));
    TENON_TRY_AS(const auto got, source->read(done, piece.data(), wanted));
    if (got == 0) return corrupt("the file is shorter than it should be", from);
    TENON_TRY(write_all(*target, done, std::string_view(piece).substr(0, got)));
    done += got;
  }
  TENON_TRY(target->sync());
  target.reset();
  return digest_of(disk_, unfinished_, to);
}

Result<BackupFile> UnfinishedFolder::link(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::create_hard_link(from, at(to), error);
  if (!error) return digest_of(disk_, unfinished_, to);
  TENON_TRY_AS(auto file, disk_.open(from, DiskOpen::existing));
  TENON_TRY_AS(const auto bytes, file->size());
  return copy(from, to, bytes);
}

Result<BackupFile> UnfinishedFolder::take(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::copy_file(from, at(to), error);
  if (!error) fs::permissions(at(to), fs::perms::owner_write, fs::perm_options::add, error);
  if (error) return unavailable("cannot copy: " + error.message(), from);
  TENON_TRY_AS(auto file, disk_.open(at(to), DiskOpen::existing));
  TENON_TRY(file->sync());
  return digest_of(disk_, unfinished_, to);
}

Result<void> UnfinishedFolder::write(std::string_view path, std::string_view text) {
  TENON_TRY_AS(auto file, disk_.open(at(path), DiskOpen::replace));
  TENON_TRY(write_all(*file, 0, text));
  return file->sync();
}

Result<void> UnfinishedFolder::finish() {
  for (auto one = directories_.rbegin(); one != directories_.rend(); ++one) {
    TENON_TRY(disk_.sync_directory(*one));
  }
  TENON_TRY(disk_.rename(unfinished_, path_));
  open_ = false;
  return disk_.sync_directory(parent_of(path_));
}

Result<BackupFile> digest_of(Disk& disk, const std::string& root, const std::string& path) {
  TENON_TRY_AS(auto file, disk.open(root + "/" + path, DiskOpen::existing));
  TENON_TRY_AS(const auto bytes, read_whole(*file, kLargestFile));
  return BackupFile{path, bytes.size(), digest_hex(bytes)};
}

}  // namespace tenon::backup
