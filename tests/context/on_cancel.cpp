#include <apart/context/on_cancel.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/sanitizer.hpp"

#if defined(SUPPORT_FORKS)
#include <sys/wait.h>
#include <unistd.h>
#endif

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

TEST_CASE("an empty function is refused at once") {
  using Catch::Matchers::ContainsSubstring;
  CHECK_THROWS_WITH(on_cancel(context::background(), std::function<void()>()),
                    ContainsSubstring("the function is empty"));
  void (*none)() = nullptr;
  CHECK_THROWS_WITH(on_cancel(context::background(), none), ContainsSubstring("on_cancel"));
  CHECK_NOTHROW(on_cancel(context::background(), [] {}));
  CHECK_NOTHROW(on_cancel(context::background(), std::function<void()>([] {})));
}

#if defined(SUPPORT_FORKS)
TEST_CASE("a function that throws ends the program") {
  const support::ended child = support::in_child([](int) {
    std::set_terminate([] { ::_exit(42); });
    scoped_context work = apart::with_cancel(context::background());
    const on_cancel watch(work, [] { throw 1; });
    work.cancel();
    ::_exit(0);
  });
  CHECK(WEXITSTATUS(child.status) == 42);
}
#endif

TEST_CASE("no lock is held while a function runs") {
  scoped_context work = apart::with_cancel(context::background());
  const scoped_context other = apart::with_cancel(context::background());
  int done = 0;
  const on_cancel watch(work, [&] {
    std::thread([&] {
      scoped_context made = apart::with_timeout(other, std::chrono::hours(1));
      const on_cancel more(work, [&] { ++done; });
      made.cancel();
      ++done;
    }).join();
  });
  work.cancel();
  CHECK(done == 2);
}

TEST_CASE("a function that waits delays no deadline") {
  const scoped_context first = apart::with_timeout(context::background(), std::chrono::milliseconds(1));
  const scoped_context second = apart::with_timeout(context::background(), std::chrono::milliseconds(20));
  std::atomic<bool> waited{false};
  const on_cancel watch(first, [&] {
    second.wait();
    waited = true;
  });
  first.wait();
  second.wait();
  while (!waited) std::this_thread::yield();
  CHECK(second.error() == std::errc::timed_out);
}

TEST_CASE("functions come and go on many threads while the context is cancelled") {
  for (int round = 0; round < 200; ++round) {
    scoped_context work = apart::with_cancel(context::background());
    std::atomic<int> called{0};
    std::atomic<int> prevented{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 50; ++n) {
          on_cancel watch(work, [&] { ++called; });
          if (watch.release()) ++prevented;
        }
      });
    }
    threads.emplace_back([&] { work.cancel(); });
    for (std::thread& thread : threads) thread.join();
    CHECK(called + prevented == 200);
  }
}

#if defined(SUPPORT_FORKS)
TEST_CASE("a forked child never calls what its parent registered, and may register more") {
  scoped_context work = apart::with_cancel(context::background());
  int called = 0;
  on_cancel of_parent(work, [&] { called += 10; });
  const support::ended child = support::in_child([&](int) {
    on_cancel released(work, [&] { called += 100; });
    const on_cancel of_child(work, [&] { ++called; });
    const bool prevented = released.release();
    work.cancel();
    const bool of_parent_prevented = of_parent.release();
    ::_exit(called == 1 && prevented && of_parent_prevented && !of_parent.release() ? 0 : 1);
  });
  CHECK(child.well());
  CHECK(called == 0);
  work.cancel();
  CHECK(called == 10);
}

TEST_CASE("a forked child that registers nothing calls nothing") {
  scoped_context work = apart::with_cancel(context::background());
  bool called = false;
  const on_cancel of_parent(work, [&] { called = true; });
  const support::ended child = support::in_child([&](int) {
    work.cancel();
    ::_exit(called ? 1 : 0);
  });
  CHECK(child.well());
}

TEST_CASE("a forked child destroys a registration whose function runs in the parent", support::forks_beside_threads) {
  scoped_context work = apart::with_cancel(context::background());
  std::atomic<bool> entered{false};
  std::atomic<bool> may_leave{false};
  auto watch = std::make_unique<on_cancel>(work, [&] {
    entered = true;
    while (!may_leave) std::this_thread::yield();
  });
  std::thread canceller([&] { work.cancel(); });
  while (!entered) std::this_thread::yield();
  const support::ended child = support::in_child([&](int) {
    watch.reset();
    ::_exit(0);
  });
  CHECK(child.well());
  may_leave = true;
  canceller.join();
}

TEST_CASE("a fork in a function leaves both sides whole") {
  scoped_context work = apart::with_cancel(context::background());
  std::optional<support::ended> child;
  std::vector<on_cancel> watches;
  watches.emplace_back(work, [] {});
  watches.emplace_back(work, [&] {
    child = support::in_child([&](int) {
      watches.clear();
      scoped_context own = apart::with_timeout(context::background(), std::chrono::milliseconds(1));
      own.wait();
      ::_exit(work.cancelled() ? 0 : 1);
    });
  });
  work.cancel();
  REQUIRE(child);
  CHECK(child->well());
}
#endif

TEST_CASE("a registration that its own function has released is waited for by a destructor on another thread") {
  for (int round = 0; round < 50; ++round) {
    scoped_context work = apart::with_cancel(context::background());
    std::atomic<bool> released{false};
    std::atomic<bool> goes{false};
    bool left = false;
    std::unique_ptr<on_cancel> watch;
    watch = std::make_unique<on_cancel>(work, [&] {
      CHECK_FALSE(watch->release());
      released = true;
      while (!goes) std::this_thread::yield();
      left = true;
    });
    std::thread canceller([&] { work.cancel(); });
    while (!released) std::this_thread::yield();
    goes = true;
    watch.reset();
    CHECK(left);
    canceller.join();
  }
}
