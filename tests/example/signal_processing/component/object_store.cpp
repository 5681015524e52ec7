#include "object_store.hpp"

namespace signals {

object_store::object_store(const std::string& address) : database_(address, database::durability::lazy) {
  database_.run(
      "create table if not exists objects (kind text, space text, name text, text text, primary key (kind, space, "
      "name))"
      " without rowid");
}

bool object_store::create(const std::string& kind, const std::string& space, const std::string& name,
                          std::string_view text) {
  return !database_.run("insert or ignore into objects values (?, ?, ?, ?) returning 1", {kind, space, name, text})
              .empty();
}

bool object_store::replace(const std::string& kind, const std::string& space, const std::string& name,
                           std::string_view text) {
  return !database_
              .run("update objects set text = ? where kind = ? and space = ? and name = ? returning 1",
                   {text, kind, space, name})
              .empty();
}

bool object_store::remove(const std::string& kind, const std::string& space, const std::string& name) {
  return !database_
              .run("delete from objects where kind = ? and space = ? and name = ? returning 1", {kind, space, name})
              .empty();
}

std::optional<std::string> object_store::find(const std::string& kind, const std::string& space,
                                              const std::string& name) {
  auto rows = database_.run("select text from objects where kind = ? and space = ? and name = ?", {kind, space, name});
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front().front());
}

}  // namespace signals
