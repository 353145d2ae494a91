// SQLite's own backup, on the connection that holds the state: no other can read it.
#include "backends/sqlite_state/sqlite_copy.hpp"

#include <filesystem>

namespace tenon {
namespace {

constexpr int kPagesInOneStep = 256;

}  // namespace

Result<std::unique_ptr<SqliteCopy>> SqliteCopy::begin(std::weak_ptr<sqlite3> from,
                                                      const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) return conflict("a file is there already", path);
  const auto source = from.lock();
  if (!source) return conflict("the state is not open", path);
  auto copy = std::make_unique<SqliteCopy>();
  copy->from_ = std::move(from);
  copy->path_ = path;
  TENON_TRY_AS(copy->to_, sqlite_open(path));
  TENON_TRY(sqlite_run(copy->to_.get(), "PRAGMA synchronous=FULL;"));
  copy->backup_.reset(sqlite3_backup_init(copy->to_.get(), "main", source.get(), "main"));
  if (!copy->backup_) return sqlite_error(copy->to_.get(), "copy the state").in(path);
  return copy;
}

Result<bool> SqliteCopy::step() {
  if (!backup_) return true;
  const auto source = from_.lock();
  if (!source) return conflict("the state was closed while it was copied", path_);
  const int code = sqlite3_backup_step(backup_.get(), kPagesInOneStep);
  if (code == SQLITE_OK) return false;
  if (code != SQLITE_DONE) {
    sqlite3_backup_finish(backup_.release());  // leaves the error with the copy's connection
    return sqlite_error(to_.get(), "copy the state").in(path_);
  }
  if (sqlite3_backup_finish(backup_.release()) != SQLITE_OK) {
    return sqlite_error(to_.get(), "copy the state").in(path_);
  }
  to_.reset();
  return true;
}

}  // namespace tenon
