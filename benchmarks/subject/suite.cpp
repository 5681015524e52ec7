// A suite of empty tests, as many as EMPTY_TESTS says (88): what is left when the tests cost nothing.

#include <apart/launch/catch2_main.hpp>

#include <cstdlib>
#include <string>

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#endif

APART_CATCH2_MAIN();

namespace {

void empty() {}

struct empty_tests {
  empty_tests() {
    const char* wanted = std::getenv("EMPTY_TESTS");
    const int count = wanted == nullptr ? 88 : std::atoi(wanted);
    for (int number = 0; number < count; ++number) {
      REGISTER_TEST_CASE(empty, "empty test " + std::to_string(number), "");
    }
  }
} registered;

}  // namespace
