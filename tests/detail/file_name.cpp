#include <apart/detail/file_name.hpp>

#include <set>
#include <string>

#include "catch.hpp"

using apart::detail::base32;
using apart::detail::file_prefix;
using apart::detail::file_suffix;

TEST_CASE("any bytes make a prefix that is a plain name") {
  CHECK(file_prefix("orders_Db-2") == "orders_Db-2");
  CHECK(file_prefix("") == "tmp");
  CHECK(file_prefix("a/b") == "a_b");
  CHECK(file_prefix("..") == "__");
  CHECK(file_prefix("../x") == "___x");
  CHECK(file_prefix("a:b*[]?") == "a_b____");
  CHECK(file_prefix("äöü") == "______");
  CHECK(file_prefix("-rf") == "_rf");
  CHECK(file_prefix(std::string("a\0b", 3)) == "a_b");
  CHECK(file_prefix(std::string(300, 'x')) == std::string(24, 'x'));
}

TEST_CASE("a suffix keeps its dots") {
  CHECK(file_suffix(".tar.gz") == ".tar.gz");
  CHECK(file_suffix("/../x") == "_.._x");
  CHECK(file_suffix("").empty());
}

TEST_CASE("names are spelled in an alphabet that no file system folds") {
  CHECK(base32(0, 3) == "000");
  CHECK(base32(31 + 32 * 10, 2) == "za");
  std::set<std::string> drawn;
  for (int i = 0; i < 10000; ++i) {
    const std::string part = apart::detail::random_file_part();
    CHECK(part.size() == 10);
    drawn.insert(part);
  }
  CHECK(drawn.size() == 10000);
}
