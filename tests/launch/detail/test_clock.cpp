#include <apart/launch/detail/test_clock.hpp>

#include <chrono>

#include "catch.hpp"

using apart::detail::grace_after;
using apart::detail::test_clock;
using due = test_clock::due;
using namespace std::chrono_literals;

namespace {

constexpr auto for_ever = test_clock::duration::max();
const test_clock::moment beginning{1000h};

}  // namespace

TEST_CASE("a grace is as long as the limit, but ten seconds at most") {
  CHECK(grace_after(2s) == 2s);
  CHECK(grace_after(1min) == 10s);
  CHECK(grace_after(1ms) == 100ms);
}

TEST_CASE("nothing is due of a test that does not run") {
  test_clock clock(1s, 1s);
  CHECK(clock.next() == test_clock::moment::max());
  CHECK(clock.take(beginning) == due::nothing);
  clock.start(beginning);
  clock.stop();
  CHECK(clock.next() == test_clock::moment::max());
  CHECK(clock.take(beginning + 1h) == due::nothing);
}

TEST_CASE("a test is asked to end one grace after its limit, and killed after another, once each") {
  test_clock clock(3s, for_ever);
  clock.start(beginning);
  CHECK(clock.next() == beginning + 6s);
  CHECK(clock.take(beginning + 5999ms) == due::nothing);
  CHECK_FALSE(clock.exceeded());
  CHECK(clock.take(beginning + 6s) == due::to_be_asked);
  CHECK(clock.exceeded());
  CHECK(clock.take(beginning + 6s) == due::nothing);
  CHECK(clock.next() == beginning + 9s);
  CHECK(clock.take(beginning + 9s) == due::to_be_killed);
  CHECK(clock.take(beginning + 1h) == due::nothing);
  CHECK(clock.next() == test_clock::moment::max());
}

TEST_CASE("a test is named once each period") {
  test_clock clock(for_ever, 10s);
  clock.start(beginning);
  CHECK(clock.next() == beginning + 10s);
  CHECK(clock.take(beginning + 10s) == due::to_be_named);
  CHECK(clock.take(beginning + 19s) == due::nothing);
  CHECK(clock.take(beginning + 45s) == due::to_be_named);
  CHECK(clock.next() == beginning + 50s);
}

TEST_CASE("the next test has the whole time again") {
  test_clock clock(1s, 10s);
  clock.start(beginning);
  CHECK(clock.take(beginning + 2s) == due::to_be_asked);
  clock.start(beginning + 2s);
  CHECK_FALSE(clock.exceeded());
  CHECK(clock.next() == beginning + 4s);
}

TEST_CASE("a time in which the test was stopped does not count") {
  test_clock clock(1s, 10s);
  clock.start(beginning);
  clock.shift(1h);
  CHECK(clock.next() == beginning + 1h + 2s);
}

TEST_CASE("limits that no clock can count are none") {
  for (const auto limit : {for_ever, for_ever - 1ns, for_ever / 2}) {
    test_clock clock(limit, limit);
    clock.start(beginning);
    CHECK(clock.take(beginning + 1000h) == due::nothing);
    CHECK(clock.next() > beginning + 1000h);
  }
}
