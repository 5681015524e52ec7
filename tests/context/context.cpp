#include <apart/context/context.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <unistd.h>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/sanitizer.hpp"

using apart::context;
using apart::scoped_context;
using apart::with_cancel;
using apart::with_deadline;
using apart::with_timeout;
using namespace std::chrono_literals;

// `context c = with_timeout(…)` would be cancelled at the semicolon, and so would a child of such a parent.
static_assert(std::is_constructible_v<context, scoped_context&> &&
              std::is_constructible_v<context, const scoped_context&>);
static_assert(!std::is_constructible_v<context, scoped_context&&> && !std::is_convertible_v<scoped_context, context>);
static_assert(!std::is_constructible_v<context, const scoped_context&&>);
static_assert(!std::is_assignable_v<context&, scoped_context&&> &&
              !std::is_assignable_v<context&, const scoped_context&&>);
static_assert(std::is_assignable_v<context&, scoped_context&>);
static_assert(!std::is_copy_constructible_v<scoped_context> && std::is_nothrow_move_constructible_v<scoped_context>);

template <class Parent>
auto accepts(int) -> decltype(with_cancel(std::declval<Parent>()), with_timeout(std::declval<Parent>(), 1s),
                              with_deadline(std::declval<Parent>(), context::clock::now()), std::true_type());
template <class>
std::false_type accepts(...);
template <class Parent>
auto gives_value(int) -> decltype(std::declval<Parent>().with_value(1), std::true_type());
template <class>
std::false_type gives_value(...);
static_assert(decltype(accepts<context>(0))::value && decltype(accepts<const context&>(0))::value);
static_assert(decltype(accepts<scoped_context&>(0))::value && !decltype(accepts<scoped_context>(0))::value);
static_assert(decltype(gives_value<scoped_context&>(0))::value && !decltype(gives_value<scoped_context>(0))::value);

TEST_CASE("the background is never cancelled") {
  CHECK_FALSE(context::background().cancelled());
  CHECK_FALSE(context::background().error());
  CHECK(context::background().cause().empty());
  CHECK_FALSE(context::background().deadline());
}

TEST_CASE("a cancelled parent has cancelled all of its descendants, with its cause") {
  scoped_context parent = with_cancel(context::background());
  const scoped_context child = with_cancel(parent);
  const context grandchild = child.with_value(1);
  parent.cancel("the run was interrupted");
  CHECK(child.cancelled());
  CHECK(grandchild.cancelled());
  CHECK(grandchild.cause() == "the run was interrupted");
  CHECK(grandchild.error() == std::errc::operation_canceled);
}

TEST_CASE("a child never cancels its parent or its siblings") {
  const scoped_context parent = with_cancel(context::background());
  const scoped_context sibling = with_cancel(parent);
  { const scoped_context child = with_cancel(parent); }
  scoped_context other = with_cancel(parent);
  other.cancel();
  CHECK_FALSE(parent.cancelled());
  CHECK_FALSE(sibling.cancelled());
}

TEST_CASE("the child of a cancelled context is born cancelled, with its cause") {
  scoped_context parent = with_cancel(context::background());
  parent.cancel("too late");
  const scoped_context child = with_timeout(parent, 1h);
  CHECK(child.cancelled());
  CHECK(child.cause() == "too late");
  CHECK(child.error() == std::errc::operation_canceled);
}

TEST_CASE("the first cause stays") {
  scoped_context parent = with_cancel(context::background());
  scoped_context child = with_cancel(parent);
  child.cancel("first");
  child.cancel("second");
  parent.cancel("third");
  CHECK(child.cause() == "first");
  CHECK(parent.cause() == "third");
}

TEST_CASE(
    "a scoped context ends with its scope and when it is assigned over, once it has been moved in its new place") {
  context seen = context::background();
  {
    scoped_context first = with_cancel(context::background());
    seen = first;
    scoped_context moved = std::move(first);
    CHECK_FALSE(seen.cancelled());
    scoped_context& same = moved;
    moved = std::move(same);
    CHECK_FALSE(seen.cancelled());
    const context replaced = moved;
    moved = with_cancel(context::background());
    CHECK(replaced.cancelled());
    seen = moved;
    CHECK_FALSE(seen.cancelled());
  }
  CHECK(seen.cancelled());
}

TEST_CASE("a deadline cancels with timed_out and its cause, and wakes who waits") {
  const scoped_context limited = with_timeout(context::background(), 5ms, "the login took too long");
  limited.wait();
  CHECK(limited.error() == std::errc::timed_out);
  CHECK(limited.cause() == "the login took too long");
  CHECK_THROWS_AS(limited.throw_if_cancelled(), apart::cancelled_error);
}

TEST_CASE("a deadline cancels the children too") {
  const scoped_context limited = with_timeout(context::background(), 5ms);
  const scoped_context child = with_cancel(limited);
  child.wait();
  CHECK(child.error() == std::errc::timed_out);
}

TEST_CASE("a cancel before the deadline is operation_canceled") {
  scoped_context limited = with_timeout(context::background(), 1h);
  limited.cancel();
  CHECK(limited.error() == std::errc::operation_canceled);
}

TEST_CASE("the earlier of two deadlines wins") {
  const scoped_context outer = with_timeout(context::background(), 1h);
  const scoped_context longer = with_timeout(outer, 2h);
  const scoped_context shorter = with_timeout(outer, 1min);
  CHECK(longer.deadline() == outer.deadline());
  CHECK(*shorter.deadline() < *outer.deadline());
  CHECK(with_cancel(shorter).deadline() == shorter.deadline());
}

TEST_CASE("a deadline that has passed is born cancelled") {
  CHECK(with_timeout(context::background(), 0ns).cancelled());
  CHECK(with_timeout(context::background(), -1s).error() == std::errc::timed_out);
  CHECK(with_deadline(context::background(), context::clock::time_point::min()).cancelled());
}

TEST_CASE("every duration works, and one that no clock can count is for ever") {
  CHECK_FALSE(with_timeout(context::background(), std::chrono::nanoseconds::max()).cancelled());
  CHECK_FALSE(with_timeout(context::background(), std::chrono::seconds::max()).cancelled());
  CHECK_FALSE(with_timeout(context::background(), std::chrono::hours::max()).cancelled());
  CHECK_FALSE(with_timeout(context::background(), std::chrono::duration<double>(1e300)).cancelled());
  CHECK(with_timeout(context::background(), std::chrono::seconds::min()).cancelled());
  const scoped_context half = with_timeout(context::background(), std::chrono::duration<double>(0.5));
  CHECK(*half.deadline() - context::clock::now() > 100ms);
  CHECK_FALSE(context::background().deadline());
}

TEST_CASE("a sleep lasts as long as it was told, or is woken by the cancellation") {
  const auto before = context::clock::now();
  CHECK(context::background().sleep_for(2ms));
  CHECK(context::clock::now() - before >= 2ms);
  scoped_context work = with_cancel(context::background());
  std::thread canceller([&] { work.cancel(); });
  CHECK_FALSE(work.sleep_for(std::chrono::hours::max()));
  canceller.join();
  CHECK(work.wait_for(1h));
  CHECK_FALSE(context::background().wait_for(1ms));
}

TEST_CASE("values are looked up by their type, the nearest first") {
  const context outer = context::background().with_value(1).with_value(std::string("outer"));
  const context inner = outer.with_value(2);
  REQUIRE(inner.value<int>() != nullptr);
  CHECK(*inner.value<int>() == 2);
  CHECK(*outer.value<int>() == 1);
  CHECK(*inner.value<std::string>() == "outer");
  CHECK(inner.value<double>() == nullptr);
}

TEST_CASE("without_cancel keeps the values and drops the rest") {
  scoped_context limited = with_timeout(context::background(), 1h);
  const context kept = limited.with_value(7).without_cancel();
  limited.cancel();
  CHECK_FALSE(kept.cancelled());
  CHECK_FALSE(kept.deadline());
  CHECK(*kept.value<int>() == 7);
}

TEST_CASE("a token is the context's, and outlives it") {
  apart::stop_token token;
  {
    const scoped_context work = with_cancel(context::background());
    token = work.token();
    CHECK_FALSE(token.stop_requested());
  }
  CHECK(token.stop_requested());
}

TEST_CASE("the current context is the process's, or that of the scope that says so") {
  CHECK(context::current() == context::process());
  const scoped_context test = with_cancel(context::background());
  {
    const apart::detail::scoped_current now(test);
    CHECK(context::current() == test);
    std::thread([&] { CHECK(context::current() == test); }).join();
    const scoped_context inner = with_cancel();
    const apart::detail::scoped_current nested(inner);
    CHECK(context::current() == inner);
  }
  CHECK(context::current() == context::process());
}

TEST_CASE("whoever cancels the process's context is told when somebody first asks for it") {
  const support::ended child = support::in_child([](int) {
    static int told = 0;
    apart::detail::watch_process_context([] { ++told; });
    const int before = told;
    const context process = context::process();
    apart::detail::cancel_process_context("the run is over");
    ::_exit(before == 1 && told == 1 && process.cause() == "the run is over" ? 0 : 1);
  });
  CHECK(child.well());
}

TEST_CASE("children that end free their place") {
  const scoped_context parent = with_cancel(context::background());
  for (int i = 0; i < 1'000'000; ++i) {
    const scoped_context child = with_cancel(parent);
    if (child.cancelled()) FAIL("cancelled");
  }
}

TEST_CASE("trees grow and are cancelled on many threads at once") {
  for (int round = 0; round < 100; ++round) {
    scoped_context root = with_cancel(context::background());
    std::vector<std::thread> threads;
    std::atomic<int> alive{0};
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        std::vector<scoped_context> mine;
        mine.push_back(with_cancel(root));
        for (int n = 0; n < 25; ++n) mine.push_back(with_timeout(mine.back(), 1h));
        if (!mine.front().cancelled()) ++alive;
        mine[10].cancel();
        if (!mine.back().cancelled()) FAIL("a descendant is not cancelled");
      });
    }
    threads.emplace_back([&] { root.cancel(); });
    for (std::thread& thread : threads) thread.join();
    CHECK(alive <= 4);
  }
}

TEST_CASE("a forked child cancels its own copy, and its deadlines expire") {
  scoped_context work = with_timeout(context::background(), 1h);
  const support::ended child = support::in_child([&](int) {
    const scoped_context limited = with_timeout(work, 1ms);
    limited.wait();
    work.cancel();
    ::_exit(limited.error() == std::errc::timed_out && work.cancelled() ? 0 : 1);
  });
  CHECK(child.well());
  CHECK_FALSE(work.cancelled());
}

TEST_CASE("a fork while other threads make and cancel contexts leaves the child usable",
          support::forks_beside_threads) {
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      while (!done) {
        scoped_context work = with_timeout(context::background(), 1h);
        work.cancel();
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    const support::ended child = support::in_child([](int) {
      scoped_context work = with_timeout(context::background(), 1ms);
      work.wait();
      ::_exit(work.cancelled() ? 0 : 1);
    });
    CHECK(child.well());
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
}
