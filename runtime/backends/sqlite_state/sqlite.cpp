// The calls of sqlite3 that the states need.
#include "backends/sqlite_state/sqlite.hpp"

#include "base/time.hpp"

namespace tenon {

Error sqlite_error(sqlite3* db, std::string_view doing) {
  const int code = db == nullptr ? SQLITE_NOMEM : sqlite3_errcode(db);
  const std::string text =
      "cannot " + std::string(doing) + ": " +
      (db == nullptr ? std::string(sqlite3_errstr(code)) : std::string(sqlite3_errmsg(db)));
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_SCHEMA: return corrupt(text);
    case SQLITE_FULL: return limited(text, seconds{1});
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return conflict(text);
    default: return unavailable(text);
  }
}

Result<SqliteDb> sqlite_open(const std::string& path) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  SqliteDb db(raw);
  if (code != SQLITE_OK) return sqlite_error(raw, "open the state").in(path);
  return db;
}

Result<void> sqlite_run(sqlite3* db, const char* sql) {
  if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return sqlite_error(db, sql);
  return {};
}

Result<SqliteStatement> sqlite_prepare(sqlite3* db, std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  SqliteStatement statement(raw);
  if (code == SQLITE_ERROR) return corrupt(sqlite_error(db, sql).message);  // a missing table
  if (code != SQLITE_OK) return sqlite_error(db, sql);
  return statement;
}

Result<void> sqlite_bind(sqlite3_stmt* statement, int index, std::string_view blob) {
  // An empty view may hold no pointer, which would bind NULL.
  const char* data = blob.empty() ? "" : blob.data();
  if (sqlite3_bind_blob64(statement, index, data, blob.size(), SQLITE_STATIC) != SQLITE_OK) {
    return sqlite_error(sqlite3_db_handle(statement), "bind a value");
  }
  return {};
}

Result<bool> sqlite_step(sqlite3_stmt* statement) {
  const int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return sqlite_error(sqlite3_db_handle(statement), sqlite3_sql(statement));
}

std::string_view sqlite_blob(sqlite3_stmt* statement, int column) {
  const void* data = sqlite3_column_blob(statement, column);
  const int size = sqlite3_column_bytes(statement, column);
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

}  // namespace tenon
