#include <apart/launch/catch2_main.hpp>

APART_CATCH2_MAIN();
