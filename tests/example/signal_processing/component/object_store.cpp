#include "object_store.hpp"

#include "sqlite.hpp"
#ifdef SIGNALS_REAL_SERVICES
#include "etcd_store.hpp"
#endif

namespace signals {
namespace {

/// The embedded default: a SQLite file.
class sqlite_store final : public object_store {
 public:
  explicit sqlite_store(const std::string& file) : database_(file, database::durability::lazy) {
    database_.run(
        "create table if not exists objects (kind text, space text, name text, text text, primary key (kind, space, "
        "name))"
        " without rowid");
  }

  bool create(const std::string& kind, const std::string& space, const std::string& name,
              std::string_view text) override {
    return !database_.run("insert or ignore into objects values (?, ?, ?, ?) returning 1", {kind, space, name, text})
                .empty();
  }

  bool replace(const std::string& kind, const std::string& space, const std::string& name,
               std::string_view text) override {
    return !database_
                .run("update objects set text = ? where kind = ? and space = ? and name = ? returning 1",
                     {text, kind, space, name})
                .empty();
  }

  bool remove(const std::string& kind, const std::string& space, const std::string& name) override {
    return !database_
                .run("delete from objects where kind = ? and space = ? and name = ? returning 1", {kind, space, name})
                .empty();
  }

  std::optional<std::string> find(const std::string& kind, const std::string& space, const std::string& name) override {
    auto rows =
        database_.run("select text from objects where kind = ? and space = ? and name = ?", {kind, space, name});
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front().front());
  }

  void remove_all(const std::string& space) override {
    const std::string derived = space + "-*";
    database_.run("delete from objects where space = ? or space glob ? or (space = '' and name glob ?)",
                  {space, derived, derived});
  }

 private:
  database database_;
};

}  // namespace

std::unique_ptr<object_store> open_object_store(const endpoint& where) {
#ifdef SIGNALS_REAL_SERVICES
  if (is_etcd(where)) return open_etcd(where);
#endif
  return std::make_unique<sqlite_store>(where.store);
}

}  // namespace signals
