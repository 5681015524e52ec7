#include <doctest/doctest.h>

#include "example/legacy/habits.hpp"

TEST_SUITE("files") {
  TEST_CASE("orders") { CHECK(legacy::keep_files("orders").empty()); }
  TEST_CASE("bills") { CHECK(legacy::keep_files("bills").empty()); }
}
TEST_SUITE("port") {
  TEST_CASE("orders") { CHECK(legacy::serve_a_port("orders").empty()); }
  TEST_CASE("bills") { CHECK(legacy::serve_a_port("bills").empty()); }
}
TEST_SUITE("names") {
  TEST_CASE("orders") { CHECK(legacy::use_fixed_names("orders").empty()); }
  TEST_CASE("bills") { CHECK(legacy::use_fixed_names("bills").empty()); }
}
TEST_SUITE("build") {
  TEST_CASE("orders") { CHECK(legacy::write_to_the_build("orders").empty()); }
  TEST_CASE("bills") { CHECK(legacy::write_to_the_build("bills").empty()); }
}
