// A suite of SUITE_TESTS tests (88), each of which does what SUITE_WORK says: nothing, or "sleeps" or "computes" for as many
// milliseconds as its number tells, see subject/work.hpp.

#include <apart/launch/catch2_main.hpp>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "work.hpp"

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#endif

APART_CATCH2_MAIN();

namespace {

const char* value_of(const char* variable, const char* otherwise) {
  const char* const value = std::getenv(variable);
  return value != nullptr ? value : otherwise;
}

void nothing() {}

/// CPU time of this thread, so that a loaded machine makes the work longer, not smaller.
void compute(std::chrono::milliseconds wanted) {
  const auto spent = [] {
    struct timespec now {};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
  };
  const auto end = spent() + wanted;
  while (spent() < end) {
  }
}

template <int number>
void sleeps() {
  std::this_thread::sleep_for(work_of(number));
}
template <int number>
void computes() {
  compute(std::chrono::milliseconds(20));
}

/// Catch2 takes a function without parameters for a test: one for each number.
template <int number>
void register_from(int count, const std::string& work) {
  if constexpr (number < most_that_work) {
    if (number >= count) return;
    REGISTER_TEST_CASE(work == "sleeps" ? sleeps<number> : computes<number>, name_of(number), "");
    register_from<number + 1>(count, work);
  }
}

struct tests {
  tests() {
    const int count = std::atoi(value_of("SUITE_TESTS", "88"));
    const std::string work = value_of("SUITE_WORK", "");
    if (!work.empty()) {
      register_from<0>(count, work);
    } else {
      for (int number = 0; number < count; ++number) REGISTER_TEST_CASE(nothing, name_of(number), "");
    }
  }
} registered;

}  // namespace
