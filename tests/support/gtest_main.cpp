#include <apart/launch/gtest_main.hpp>

APART_GTEST_MAIN();
