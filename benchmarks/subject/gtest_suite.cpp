// A suite of GoogleTest with SUITE_TESTS empty tests (88), at most a hundred in each test suite.

#include <apart/launch/gtest_main.hpp>

#include <cstdlib>
#include <string>

APART_GTEST_MAIN();

namespace {

class empty : public ::testing::Test {
  void TestBody() override {}
};

struct tests {
  tests() {
    const char* const given = std::getenv("SUITE_TESTS");
    const int count = given != nullptr ? std::atoi(given) : 88;
    for (int number = 0; number < count; ++number) {
      const std::string suite = "Suite" + std::to_string(number / 100);
      const std::string name = "Test" + std::to_string(number);
      ::testing::RegisterTest(suite.c_str(), name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                              []() -> ::testing::Test* { return new empty; });
    }
  }
} registered;

}  // namespace
