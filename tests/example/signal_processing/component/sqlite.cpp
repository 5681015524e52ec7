#include "sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "error.hpp"

namespace signals {

database::database(const std::string& file, durability wanted) : file_(file), connection_(nullptr, &sqlite3_close) {
  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int status = sqlite3_open_v2(file.c_str(), &opened, flags, nullptr);
  connection_.reset(opened);
  if (status != SQLITE_OK) fail("open");
  sqlite3_busy_timeout(opened, 10'000);
  // The last process to close would lock everybody out while it tidies up.
  sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  run("pragma journal_mode = wal");
  run(wanted == durability::lazy ? "pragma synchronous = normal" : "pragma synchronous = full");
}

std::vector<database::row> database::run(const std::string& sql, std::initializer_list<std::string_view> values) {
  const std::lock_guard lock(turn_);
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(connection_.get(), sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK) fail(sql);
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(prepared, &sqlite3_finalize);
  int place = 0;
  for (const std::string_view value : values) {
    sqlite3_bind_text(prepared, ++place, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
  }
  std::vector<row> rows;
  int status = sqlite3_step(prepared);
  for (; status == SQLITE_ROW; status = sqlite3_step(prepared)) {
    row& columns = rows.emplace_back();
    for (int column = 0; column < sqlite3_column_count(prepared); ++column) {
      const void* bytes = sqlite3_column_blob(prepared, column);
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(prepared, column));
      columns.emplace_back(bytes == nullptr ? "" : static_cast<const char*>(bytes), size);
    }
  }
  if (status != SQLITE_DONE) fail(sql);
  return rows;
}

void database::fail(const std::string& what) const {
  throw error(fmt::format("{}: {}: {}", file_, what, sqlite3_errmsg(connection_.get())));
}

}  // namespace signals
