#include <apart/context/on_cancel.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.hpp"

using apart::context;
using apart::on_cancel;
using apart::scoped_context;

static_assert(std::is_constructible_v<on_cancel, const context&, void (*)()>);
static_assert(std::is_constructible_v<on_cancel, scoped_context&, void (*)()>);
static_assert(!std::is_constructible_v<on_cancel, scoped_context&&, void (*)()>, "it would be called at the semicolon");
static_assert(!std::is_copy_constructible_v<on_cancel> && std::is_nothrow_move_constructible_v<on_cancel>);

TEST_CASE("the function is called when the context is cancelled, once") {
  scoped_context work = apart::with_cancel(context::background());
  int called = 0;
  const on_cancel watch(work, [&] { ++called; });
  CHECK(called == 0);
  work.cancel();
  work.cancel();
  CHECK(called == 1);
}

TEST_CASE("all of the tree is marked before the first function is called") {
  scoped_context parent = apart::with_cancel(context::background());
  const scoped_context child = apart::with_cancel(parent);
  bool marked = false;
  const on_cancel watch(parent, [&] { marked = child.cancelled(); });
  parent.cancel();
  CHECK(marked);
}

TEST_CASE("the function is called at once where the context is cancelled") {
  scoped_context work = apart::with_cancel(context::background());
  work.cancel();
  int called = 0;
  const on_cancel watch(work, [&] { ++called; });
  CHECK(called == 1);
}

TEST_CASE("release says whether it prevented the call") {
  scoped_context work = apart::with_cancel(context::background());
  int called = 0;
  on_cancel early(work, [&] { ++called; });
  on_cancel late(work, [&] { ++called; });
  CHECK(early.release());
  CHECK_FALSE(early.release());
  work.cancel();
  CHECK_FALSE(late.release());
  CHECK(called == 1);
}

TEST_CASE("a registration that has gone is not called; one that was moved is") {
  scoped_context work = apart::with_cancel(context::background());
  int called = 0;
  {
    const on_cancel gone(work, [&] { called += 10; });
  }
  on_cancel first(work, [&] { ++called; });
  const on_cancel moved = std::move(first);
  CHECK_FALSE(first.release());
  work.cancel();
  CHECK(called == 1);
}

TEST_CASE("a function may cancel other contexts, register more, and destroy its own registration") {
  scoped_context parent = apart::with_cancel(context::background());
  scoped_context child = apart::with_cancel(parent);
  std::optional<on_cancel> watch;
  std::vector<on_cancel> more;
  int called = 0;
  watch.emplace(child, [&] {
    parent.cancel();
    more.emplace_back(child, [&] { ++called; });
    ++called;
    watch.reset();
  });
  child.cancel();
  CHECK(called == 2);
}

TEST_CASE("the destructor waits for a call that runs on another thread") {
  for (int round = 0; round < 100; ++round) {
    scoped_context work = apart::with_cancel(context::background());
    std::atomic<bool> entered{false};
    std::atomic<bool> may_leave{false};
    std::atomic<bool> left{false};
    auto watch = std::make_unique<on_cancel>(work, [&] {
      entered = true;
      while (!may_leave) std::this_thread::yield();
      left = true;
    });
    std::thread canceller([&] { work.cancel(); });
    while (!entered) std::this_thread::yield();
    std::thread releaser([&] { may_leave = true; });
    watch.reset();
    CHECK(left);
    canceller.join();
    releaser.join();
  }
}
