#include "catch.hpp"
#include "example/legacy/habits.hpp"

TEST_CASE("orders are kept", "[files]") { CHECK(legacy::keep_files("orders").empty()); }
TEST_CASE("bills are kept", "[files]") { CHECK(legacy::keep_files("bills").empty()); }
TEST_CASE("orders are served", "[port]") { CHECK(legacy::serve_a_port("orders").empty()); }
TEST_CASE("bills are served", "[port]") { CHECK(legacy::serve_a_port("bills").empty()); }
TEST_CASE("orders are cached", "[names]") { CHECK(legacy::use_fixed_names("orders").empty()); }
TEST_CASE("bills are cached", "[names]") { CHECK(legacy::use_fixed_names("bills").empty()); }
TEST_CASE("orders are printed", "[build]") { CHECK(legacy::write_to_the_build("orders").empty()); }
TEST_CASE("bills are printed", "[build]") { CHECK(legacy::write_to_the_build("bills").empty()); }
