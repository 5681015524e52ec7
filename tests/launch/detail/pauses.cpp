#include <apart/launch/detail/pauses.hpp>

#include <chrono>

#include "catch.hpp"

using apart::time_span;
using apart::detail::pauses;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::steady_clock::time_point origin{1000h};

time_span span(std::chrono::nanoseconds from, std::chrono::nanoseconds to) { return {origin + from, origin + to}; }

}  // namespace

TEST_CASE("a pause counts for what it has in common with a test, and no more") {
  pauses stopped;
  CHECK(stopped.length_without(span(0s, 10s)) == 10s);
  stopped.add(span(2s, 5s));
  CHECK(stopped.length_without(span(0s, 10s)) == 7s);
  CHECK(stopped.length_without(span(3s, 4s)) == 0s);
  CHECK(stopped.length_without(span(0s, 3s)) == 2s);
  CHECK(stopped.length_without(span(4s, 6s)) == 1s);
  CHECK(stopped.length_without(span(5s, 6s)) == 1s);
  CHECK(stopped.length_without(span(0s, 2s)) == 2s);
  stopped.add(span(20s, 30s));
  CHECK(stopped.length_without(span(0s, 40s)) == 27s);
}
