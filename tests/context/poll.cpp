#include <apart/context/poll.hpp>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <system_error>
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

TEST_CASE("an empty predicate is refused") {
  CHECK_THROWS_WITH(apart::poll_until(context::background(), 1ms, std::function<bool()>()),
                    Catch::Matchers::ContainsSubstring("poll_until: the function is empty"));
}

TEST_CASE("a period of no time asks without a pause") {
  int asked = 0;
  CHECK(apart::poll_until(context::background(), -1s, [&] { return ++asked == 1000; }));
}

TEST_CASE("an attempt is made until it neither throws nor says false") {
  int asked = 0;
  apart::poll_until_or_throw(context::background(), 1ms, [&] {
    if (++asked < 3) throw std::runtime_error("refused");
  });
  CHECK(asked == 3);
  apart::poll_until_or_throw(context::background(), 1ms, [&] { return ++asked == 6; });
  CHECK(asked == 6);
}

TEST_CASE("the error of an attempt that never succeeds tells the last failure") {
  using Catch::Matchers::ContainsSubstring;
  using Catch::Matchers::EndsWith;
  using Catch::Matchers::StartsWith;
  apart::scoped_context work = apart::with_cancel(context::background());
  int asked = 0;
  const auto fails = [&] {
    if (++asked == 3) work.cancel("enough");
    throw std::runtime_error("refused " + std::to_string(asked));
  };
  try {
    apart::poll_until_or_throw(work, 1ms, fails);
    FAIL("nothing was thrown");
  } catch (const apart::cancelled_error& thrown) {
    CHECK_THAT(thrown.what(), StartsWith("cancelled ") && ContainsSubstring(" ago: enough; asked 3 times in ") &&
                                  EndsWith(", the last answer: refused 3"));
    CHECK(thrown.cause() == "enough");
    CHECK(thrown.code() == std::errc::operation_canceled);
  }
  apart::scoped_context once = apart::with_cancel(context::background());
  const auto says_no = [&] {
    once.cancel();
    return false;
  };
  CHECK_THROWS_WITH(apart::poll_until_or_throw(once, 1ms, says_no), EndsWith(", the last answer: false"));
  CHECK_THROWS_WITH(apart::poll_until_or_throw(once, 1ms, [] {}), ContainsSubstring("; asked 0 times in "));
}

TEST_CASE("what an attempt throws that is no std::exception passes through") {
  CHECK_THROWS_AS(apart::poll_until_or_throw(context::background(), 1ms, [] { throw 1; }), int);
}
