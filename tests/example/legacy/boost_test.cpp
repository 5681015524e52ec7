#include <boost/test/unit_test.hpp>

#include "example/legacy/habits.hpp"

BOOST_AUTO_TEST_SUITE(files)
BOOST_AUTO_TEST_CASE(orders) { BOOST_TEST(legacy::keep_files("orders") == ""); }
BOOST_AUTO_TEST_CASE(bills) { BOOST_TEST(legacy::keep_files("bills") == ""); }
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(port)
BOOST_AUTO_TEST_CASE(orders) { BOOST_TEST(legacy::serve_a_port("orders") == ""); }
BOOST_AUTO_TEST_CASE(bills) { BOOST_TEST(legacy::serve_a_port("bills") == ""); }
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(names)
BOOST_AUTO_TEST_CASE(orders) { BOOST_TEST(legacy::use_fixed_names("orders") == ""); }
BOOST_AUTO_TEST_CASE(bills) { BOOST_TEST(legacy::use_fixed_names("bills") == ""); }
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(build)
BOOST_AUTO_TEST_CASE(orders) { BOOST_TEST(legacy::write_to_the_build("orders") == ""); }
BOOST_AUTO_TEST_CASE(bills) { BOOST_TEST(legacy::write_to_the_build("bills") == ""); }
BOOST_AUTO_TEST_SUITE_END()
