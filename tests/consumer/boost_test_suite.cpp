#include <apart/launch/boost_test_main.hpp>

APART_BOOST_TEST_MAIN();

BOOST_AUTO_TEST_CASE(the_first_test_of_a_user) { BOOST_TEST(!apart::this_test::ctx().cancelled()); }

BOOST_AUTO_TEST_CASE(the_second_test_of_a_user) { BOOST_TEST(apart::this_test::name() == "the_second_test_of_a_user"); }
