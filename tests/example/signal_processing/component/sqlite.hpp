#pragma once

#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;

namespace signals {

/// A SQLite database in WAL mode that many threads and processes use at once: readers wait for nobody, a writer waits
/// up to 10 s for another. An object is one connection, whose threads take turns, since statements that overlap on one
/// connection share a snapshot, and who writes on an old one is refused. Errors: `error` with the file and SQLite's own
/// words.
class database {
 public:
  /// What a power cut may take: the last statements that have returned, or nothing.
  enum class durability { lazy, every_statement };
  using row = std::vector<std::string>;

  /// The file is made where it does not exist.
  database(const std::string& file, durability);

  /// Runs one statement, with `values` for its question marks.
  std::vector<row> run(const std::string& sql, std::initializer_list<std::string_view> values = {});

 private:
  [[noreturn]] void fail(const std::string& what) const;

  std::string file_;
  std::mutex turn_;
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> connection_;
};

}  // namespace signals
