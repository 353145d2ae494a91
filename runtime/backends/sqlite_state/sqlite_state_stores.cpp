// One table of keys and values, one of facts about the file; statements prepared once.
#include "backends/sqlite_state/sqlite_state_stores.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>

#include "backends/sqlite_state/sqlite.hpp"
#include "base/codec.hpp"
#include "base/fail_point.hpp"

namespace tenon {
namespace {

constexpr std::string_view kFormat = "1";
constexpr std::size_t kMaxNameBytes = 100;

class SqliteStateStore final : public StateStore {
 public:
  // Opens or makes the file. corrupt: it has to be made anew; the message says why.
  static Result<std::unique_ptr<SqliteStateStore>> open(const std::string& path, LogId log) {
    TENON_FAIL_ERROR("state.open");
    auto store = std::make_unique<SqliteStateStore>();
    TENON_TRY_AS(auto opened, sqlite_open(path));
    store->db_ = std::move(opened);
    sqlite3* db = store->db_.get();
    TENON_TRY(sqlite_run(db,
                         "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL;"
                         "PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;"
                         "PRAGMA cache_size=-4096; PRAGMA journal_size_limit=67108864;"));
    TENON_TRY_AS(const bool made, store->has_tables());
    if (!made) {
      TENON_TRY(sqlite_run(db,
                           "BEGIN IMMEDIATE;"
                           "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;"
                           "CREATE TABLE state (key BLOB PRIMARY KEY, value BLOB NOT NULL)"
                           " WITHOUT ROWID;"));
      TENON_TRY(store->set_meta("format", kFormat));
      TENON_TRY(store->set_meta("log", std::to_string(log.value)));
      TENON_TRY(sqlite_run(db, "COMMIT"));
    }
    TENON_TRY(store->check_meta("format", kFormat));
    TENON_TRY(store->check_meta("log", std::to_string(log.value)));
    TENON_TRY_AS(store->get_, sqlite_prepare(db, "SELECT value FROM state WHERE key = ?1"));
    TENON_TRY_AS(store->put_, sqlite_prepare(db,
                                             "INSERT INTO state (key, value) VALUES (?1, ?2) "
                                             "ON CONFLICT (key) DO UPDATE SET value = ?2"));
    TENON_TRY_AS(store->erase_, sqlite_prepare(db, "DELETE FROM state WHERE key = ?1"));
    TENON_TRY_AS(store->scan_, sqlite_prepare(db,
                                              "SELECT key, value FROM state WHERE key >= ?1 "
                                              "ORDER BY key LIMIT ?3"));
    TENON_TRY_AS(store->scan_to_,
                 sqlite_prepare(db,
                                "SELECT key, value FROM state WHERE key >= ?1 AND key < ?2 "
                                "ORDER BY key LIMIT ?3"));
    TENON_TRY_AS(store->begin_, sqlite_prepare(db, "BEGIN IMMEDIATE"));
    TENON_TRY_AS(store->commit_, sqlite_prepare(db, "COMMIT"));
    TENON_TRY_AS(store->rollback_, sqlite_prepare(db, "ROLLBACK"));
    return store;
  }

  Result<std::optional<std::string>> get(std::string_view key) override {
    const SqliteUse use(get_.get());
    TENON_TRY(sqlite_bind(get_.get(), 1, key));
    TENON_TRY_AS(const bool found, sqlite_step(get_.get()));
    if (!found) return std::optional<std::string>{};
    return std::optional<std::string>{std::string(sqlite_blob(get_.get(), 0))};
  }

  Result<std::vector<StateEntry>> scan(std::string_view from, std::string_view to,
                                       std::size_t limit) override {
    sqlite3_stmt* statement = to.empty() ? scan_.get() : scan_to_.get();
    const SqliteUse use(statement);
    TENON_TRY(sqlite_bind(statement, 1, from));
    if (!to.empty()) TENON_TRY(sqlite_bind(statement, 2, to));
    const auto most = std::min<std::size_t>(limit, std::numeric_limits<std::int64_t>::max());
    sqlite3_bind_int64(statement, 3, static_cast<std::int64_t>(most));
    std::vector<StateEntry> out;
    while (true) {
      TENON_TRY_AS(const bool row, sqlite_step(statement));
      if (!row) return out;
      StateEntry entry;
      entry.key = sqlite_blob(statement, 0);
      entry.value = sqlite_blob(statement, 1);
      out.push_back(std::move(entry));
    }
  }

  Result<void> commit(StateBatch batch) override {
    if (batch.empty()) return {};
    TENON_FAIL_ERROR("state.begin");
    TENON_TRY(run(begin_.get()));
    auto went = apply(batch);
    if (went) went = end();
    // On some errors SQLite has rolled back by itself.
    if (!went && sqlite3_get_autocommit(db_.get()) == 0) (void)run(rollback_.get());
    if (went) TENON_FAIL_POINT("state.committed");
    return went;
  }

  Result<void> clear() override { return sqlite_run(db_.get(), "DELETE FROM state"); }

  const std::shared_ptr<sqlite3>& db() const { return db_; }

  Result<void> sync() override {
    // Copies the whole write-ahead log into the database and syncs both.
    int pages = 0, moved = 0;
    if (sqlite3_wal_checkpoint_v2(db_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, &pages, &moved) !=
        SQLITE_OK) {
      return sqlite_error(db_.get(), "sync the state");
    }
    return {};
  }

 private:
  static Result<void> run(sqlite3_stmt* statement) {
    const SqliteUse use(statement);
    TENON_TRY(sqlite_step(statement));
    return {};
  }

  Result<void> end() {
    TENON_FAIL_ERROR("state.commit");
    return run(commit_.get());
  }

  Result<void> apply(const StateBatch& batch) {
    for (const auto& [key, value] : batch.changes) {
      if (&value == &batch.changes[batch.changes.size() / 2].second) {
        if (TENON_PLANTED("cursor_before_rows")) {
          TENON_TRY(run(commit_.get()));
          TENON_TRY(run(begin_.get()));
        }
        TENON_FAIL_ERROR("state.inside");
      }
      sqlite3_stmt* statement = value ? put_.get() : erase_.get();
      const SqliteUse use(statement);
      TENON_TRY(sqlite_bind(statement, 1, key));
      if (value) TENON_TRY(sqlite_bind(statement, 2, *value));
      TENON_TRY(sqlite_step(statement));
    }
    return {};
  }

  Result<bool> has_tables() {
    TENON_TRY_AS(const auto query,
                 sqlite_prepare(db_.get(), "SELECT 1 FROM sqlite_schema LIMIT 1"));
    return sqlite_step(query.get());
  }

  Result<void> set_meta(std::string_view name, std::string_view value) {
    TENON_TRY_AS(const auto insert,
                 sqlite_prepare(db_.get(), "INSERT INTO meta (name, value) VALUES (?1, ?2)"));
    sqlite3_bind_text(insert.get(), 1, name.data(), static_cast<int>(name.size()), SQLITE_STATIC);
    TENON_TRY(sqlite_bind(insert.get(), 2, value));
    return run(insert.get());
  }

  Result<void> check_meta(std::string_view name, std::string_view wanted) {
    TENON_TRY_AS(const auto query,
                 sqlite_prepare(db_.get(), "SELECT value FROM meta WHERE name = ?1"));
    sqlite3_bind_text(query.get(), 1, name.data(), static_cast<int>(name.size()), SQLITE_STATIC);
    TENON_TRY_AS(const bool found, sqlite_step(query.get()));
    const std::string_view value = found ? sqlite_blob(query.get(), 0) : std::string_view();
    if (value == wanted) return {};
    return corrupt("wanted a state of " + std::string(name) + " " + std::string(wanted) +
                   ", found " + (found ? std::string(value) : std::string("none")));
  }

  std::shared_ptr<sqlite3> db_;  // first: closed after the statements
  SqliteStatement get_, put_, erase_, scan_, scan_to_, begin_, commit_, rollback_;
};

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

}  // namespace

SqliteStateStores::SqliteStateStores(std::string folder, LogId log)
    : folder_(std::move(folder)), log_(log) {}

Result<std::unique_ptr<StateStore>> SqliteStateStores::open(std::string_view name) {
  if (!good_name(name)) {
    return invalid("wanted a state's name of [a-z0-9-], found \"" +
                   std::string(name.substr(0, kMaxNameBytes)) + "\"");
  }
  std::error_code error;
  std::filesystem::create_directory(folder_, error);
  if (error) return unavailable("cannot make the folder: " + error.message(), folder_);
  const std::string path = folder_ + "/" + std::string(name) + ".sqlite";
  auto store = SqliteStateStore::open(path, log_);
  if (!store && store.error().kind == ErrorKind::corrupt) {
    notes_.push_back(path + ": discarded, to be folded again: " + store.error().text());
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
      std::filesystem::remove(path + suffix, error);
      if (error) return unavailable("cannot remove: " + error.message(), path + suffix);
    }
    store = SqliteStateStore::open(path, log_);
  }
  if (!store) return Error(std::move(store).error()).in(path);
  open_.insert_or_assign(std::string(name), (*store)->db());
  return std::unique_ptr<StateStore>(std::move(*store));
}

std::vector<std::string> SqliteStateStores::names() const {
  std::vector<std::string> names;
  for (const auto& [name, db] : open_) {
    if (!db.expired()) names.push_back(name);
  }
  return names;
}

Result<std::unique_ptr<SqliteCopy>> SqliteStateStores::copy(const std::string& name,
                                                            const std::string& path) const {
  const auto found = open_.find(name);
  if (found == open_.end()) return not_found("no state \"" + name + "\" is open");
  return SqliteCopy::begin(found->second, path);
}

}  // namespace tenon
