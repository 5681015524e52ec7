#define BOOST_TEST_MODULE orders
#include <apart/launch/boost_test_main.hpp>

APART_BOOST_TEST_MAIN();
