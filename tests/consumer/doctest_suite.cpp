#include <apart/launch/doctest_main.hpp>

APART_DOCTEST_MAIN();

TEST_CASE("The first test of a user") { CHECK_FALSE(apart::this_test::ctx().cancelled()); }

TEST_CASE("The second test of a user") { CHECK(apart::this_test::name() == "The second test of a user"); }
