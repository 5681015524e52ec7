#include <apart/launch/catch2_main.hpp>

APART_CATCH2_MAIN();

TEST_CASE("The first test of a user") { CHECK(apart::this_test::ctx().error() == std::error_code()); }

TEST_CASE("The second test of a user") { CHECK(apart::this_test::name() == "The second test of a user"); }
