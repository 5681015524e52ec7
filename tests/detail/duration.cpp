#include <apart/detail/duration.hpp>

#include <chrono>
#include <cstdlib>
#include <string>

#include "catch.hpp"
#include "support/environment.hpp"

using apart::detail::duration_variable;
using apart::detail::in_words;
using namespace std::chrono_literals;

namespace {

std::chrono::nanoseconds read(const std::string& text) {
  ::setenv("APART_TEST_DURATION", text.c_str(), 1);
  return duration_variable("APART_TEST_DURATION", 7s);
}

}  // namespace

TEST_CASE("a duration has a unit, or is in seconds") {
  CHECK(read("30") == 30s);
  CHECK(read("30s") == 30s);
  CHECK(read("0.5s") == 500ms);
  CHECK(read("250ms") == 250ms);
  CHECK(read("2m") == 2min);
  CHECK(read("1h") == 1h);
}

TEST_CASE("a variable that is not set or empty leaves the default") {
  CHECK(read("") == 7s);
  ::unsetenv("APART_TEST_DURATION");
  CHECK(duration_variable("APART_TEST_DURATION", 7s) == 7s);
}

TEST_CASE("zero and what no clock can count are for ever") {
  CHECK(read("0") == std::chrono::nanoseconds::max());
  CHECK(read("1e300h") == std::chrono::nanoseconds::max());
  CHECK(read("inf") == std::chrono::nanoseconds::max());
}

TEST_CASE("what is no duration is refused with the variable's name") {
  const std::string text = GENERATE("x", "-1", "5 s", "5x", "nan", "s", "1s1", "0.9ms", "1e-300");
  CHECK_THROWS_WITH(read(text), "APART_TEST_DURATION=" + text + ": wants a duration such as 30s, 500ms or 2m");
}

TEST_CASE("a duration is told to people in the unit that fits") {
  CHECK(in_words(0s) == "0 ms");
  CHECK(in_words(-1h) == "0 ms");
  CHECK(in_words(1us) == "0 ms");
  CHECK(in_words(120ms) == "120 ms");
  CHECK(in_words(999400us) == "999 ms");
  CHECK(in_words(999600us) == "1.0 s");
  CHECK(in_words(4900ms) == "4.9 s");
  CHECK(in_words(119940ms) == "119.9 s");
  CHECK(in_words(119960ms) == "2.0 min");
  CHECK(in_words(26h) == "26.0 h");
  CHECK(in_words(std::chrono::nanoseconds::max()) == "2562047.8 h");
}
