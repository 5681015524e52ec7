#include <apart/launch/doctest_main.hpp>

APART_DOCTEST_MAIN();
