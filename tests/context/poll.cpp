#include <apart/context/poll.hpp>

#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include "catch.hpp"

using apart::context;
using namespace std::chrono_literals;

TEST_CASE("a condition that holds is seen at once") {
  int asked = 0;
  CHECK(apart::poll_until(context::background(), std::chrono::hours(1), [&] {
    ++asked;
    return true;
  }));
  CHECK(asked == 1);
}

TEST_CASE("a condition is asked until it holds") {
  int asked = 0;
  CHECK(apart::poll_until(context::background(), 1ms, [&] { return ++asked == 5; }));
  CHECK(asked == 5);
}

TEST_CASE("a cancelled context ends the wait, whatever the period") {
  apart::scoped_context work = apart::with_cancel(context::background());
  bool asked = false;
  std::thread canceller;
  CHECK_FALSE(apart::poll_until(work, std::chrono::hours(1), [&] {
    if (!std::exchange(asked, true)) canceller = std::thread([&] { work.cancel(); });
    return false;
  }));
  canceller.join();
}

TEST_CASE("nothing is asked of a context that has ended") {
  apart::scoped_context work = apart::with_cancel(context::background());
  work.cancel();
  CHECK_FALSE(apart::poll_until(work, 1ms, []() -> bool { throw std::logic_error("asked"); }));
}

TEST_CASE("a deadline ends the wait") {
  const apart::scoped_context work = apart::with_timeout(context::background(), 5ms);
  CHECK_FALSE(apart::poll_until(work, 1ms, [] { return false; }));
  CHECK(work.error() == std::errc::timed_out);
}

TEST_CASE("what the predicate throws passes through") {
  const auto ask = [] {
    return apart::poll_until(context::background(), 1ms, []() -> bool { throw std::runtime_error("broken"); });
  };
  CHECK_THROWS_WITH(ask(), "broken");
}
