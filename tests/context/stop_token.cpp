#include <apart/context/stop_token.hpp>

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/child.hpp"

#if defined(SUPPORT_FORKS)
#include <sys/wait.h>
#include <unistd.h>
#endif

using apart::stop_callback;
using apart::stop_source;
using apart::stop_token;

static_assert(std::is_nothrow_default_constructible_v<stop_token> && std::is_nothrow_copy_constructible_v<stop_token> &&
              std::is_nothrow_move_constructible_v<stop_token>);
static_assert(std::is_nothrow_copy_constructible_v<stop_source> && std::is_nothrow_move_constructible_v<stop_source>);
static_assert(std::is_nothrow_constructible_v<stop_source, apart::nostopstate_t>);
static_assert(!std::is_copy_constructible_v<stop_callback<void (*)()>>);
static_assert(!std::is_move_constructible_v<stop_callback<void (*)()>>);

static_assert(std::is_nothrow_default_constructible_v<stop_token> && std::is_nothrow_copy_assignable_v<stop_token> &&
              std::is_nothrow_move_assignable_v<stop_token> && std::is_nothrow_swappable_v<stop_token>);
static_assert(std::is_nothrow_assignable_v<stop_source&, const stop_source&> &&
              std::is_nothrow_assignable_v<stop_source&, stop_source&&> && std::is_nothrow_swappable_v<stop_source>);
static_assert(noexcept(std::declval<stop_token>().stop_requested()) && noexcept(
    std::declval<stop_token>().stop_possible()) && noexcept(std::declval<stop_token>() == std::declval<stop_token>()));
static_assert(noexcept(std::declval<stop_source>().request_stop()) && noexcept(
    std::declval<stop_source>()
        .get_token()) && noexcept(std::declval<stop_source>()
                                      .stop_possible()) && noexcept(std::declval<stop_source>() ==
                                                                    std::declval<stop_source>()));
static_assert(!std::is_convertible_v<apart::nostopstate_t, stop_source>, "explicit, as in the standard");
static_assert(std::is_same_v<stop_callback<void (*)()>::callback_type, void (*)()>);
static_assert(std::is_nothrow_destructible_v<stop_callback<void (*)()>> &&
              std::is_nothrow_constructible_v<stop_callback<void (*)()>, stop_token, void (*)()> &&
              std::is_nothrow_constructible_v<stop_callback<void (*)()>, const stop_token&, void (*)()>);

namespace {

struct throws_when_made {
  throws_when_made() = default;
  throws_when_made(const throws_when_made&) { throw std::runtime_error("made"); }
  void operator()() const {}
};
static_assert(!std::is_nothrow_constructible_v<stop_callback<throws_when_made>, stop_token, const throws_when_made&>);

/// Tells how it was called.
struct called_as {
  int* seen;
  void operator()() & { *seen = 1; }
  void operator()() && { *seen = 2; }
};

}  // namespace

TEST_CASE("a callback is called as what it was given as: an rvalue, or a reference") {
  stop_source source;
  int seen = 0;
  int seen_by_reference = 0;
  called_as referred{&seen_by_reference};
  const stop_callback<called_as> callback(source.get_token(), called_as{&seen});
  const stop_callback<called_as&> by_reference(source.get_token(), referred);
  source.request_stop();
  CHECK(seen == 2);
  CHECK(seen_by_reference == 1);
}

TEST_CASE("a callback that cannot be made is not registered") {
  stop_source source;
  const throws_when_made thrower;
  CHECK_THROWS_WITH(stop_callback<throws_when_made>(source.get_token(), thrower), "made");
  CHECK(source.request_stop());
}

#if defined(SUPPORT_FORKS)
TEST_CASE("a callback that throws ends the program") {
  const support::ended child = support::in_child([](int) {
    std::set_terminate([] { ::_exit(42); });
    stop_source source;
    const stop_callback callback(source.get_token(), [] { throw 1; });
    source.request_stop();
    ::_exit(0);
  });
  CHECK(WEXITSTATUS(child.status) == 42);
}
#endif

TEST_CASE("a callback of a token without a state is never called") {
  int ran = 0;
  {
    const stop_callback callback(stop_token(), [&] { ++ran; });
  }
  CHECK(ran == 0);
}

TEST_CASE("a source that is assigned over or moved from lets go of its state") {
  stop_source one;
  const stop_token token = one.get_token();
  stop_source moved = std::move(one);
  CHECK_FALSE(one.stop_possible());
  CHECK(token.stop_possible());
  moved = stop_source();
  CHECK_FALSE(token.stop_possible());
  stop_source& same = moved;
  moved = same;
  CHECK(moved.stop_possible());
}

TEST_CASE("a stop is requested once, and every token sees it") {
  stop_source source;
  const stop_token token = source.get_token();
  const stop_source copy = source;
  CHECK(token.stop_possible());
  CHECK_FALSE(token.stop_requested());
  CHECK(source.request_stop());
  CHECK_FALSE(source.request_stop());
  CHECK(token.stop_requested());
  CHECK(copy.stop_requested());
}

TEST_CASE("a token without a state, or whose sources have all gone, cannot be stopped") {
  CHECK_FALSE(stop_token().stop_possible());
  CHECK_FALSE(stop_source(apart::nostopstate).stop_possible());
  CHECK_FALSE(stop_source(apart::nostopstate).request_stop());
  std::optional<stop_source> source(std::in_place);
  const stop_token token = source->get_token();
  {
    const stop_source copy = *source;
    source.reset();
    CHECK(token.stop_possible());
  }
  CHECK_FALSE(token.stop_possible());
}

TEST_CASE("a token that has been stopped stays possible after its sources") {
  std::optional<stop_source> source(std::in_place);
  const stop_token token = source->get_token();
  source->request_stop();
  source.reset();
  CHECK(token.stop_possible());
  CHECK(token.stop_requested());
}

TEST_CASE("tokens and sources compare by what they share, and swap") {
  stop_source one;
  stop_source two;
  CHECK(one == stop_source(one));
  CHECK(one != two);
  CHECK(one.get_token() == one.get_token());
  CHECK(one.get_token() != two.get_token());
  CHECK(stop_token() == stop_token());
  stop_token token = one.get_token();
  stop_token other = two.get_token();
  swap(token, other);
  CHECK(token == two.get_token());
  CHECK(other == one.get_token());
}

TEST_CASE("a callback runs once, on the thread that requests the stop") {
  stop_source source;
  std::thread::id ran_on;
  int ran = 0;
  const stop_callback callback(source.get_token(), [&] {
    ran_on = std::this_thread::get_id();
    ++ran;
  });
  std::thread requester([&] { source.request_stop(); });
  const std::thread::id id = requester.get_id();
  requester.join();
  CHECK(ran == 1);
  CHECK(ran_on == id);
}

TEST_CASE("a callback registered after the stop runs at once") {
  stop_source source;
  source.request_stop();
  int ran = 0;
  const stop_callback callback(source.get_token(), [&] { ++ran; });
  CHECK(ran == 1);
}

TEST_CASE("a callback that is deregistered does not run") {
  stop_source source;
  int ran = 0;
  {
    const stop_callback callback(source.get_token(), [&] { ++ran; });
  }
  source.request_stop();
  CHECK(ran == 0);
}

TEST_CASE("deregistering waits for the callback where another thread runs it") {
  stop_source source;
  std::atomic<bool> entered{false};
  std::atomic<bool> may_leave{false};
  std::atomic<bool> left{false};
  auto callback = std::make_unique<stop_callback<std::function<void()>>>(source.get_token(), [&] {
    entered = true;
    while (!may_leave) std::this_thread::yield();
    left = true;
  });
  std::thread requester([&] { source.request_stop(); });
  while (!entered) std::this_thread::yield();
  std::thread releaser([&] { may_leave = true; });
  callback.reset();
  CHECK(left);
  requester.join();
  releaser.join();
}

TEST_CASE("a callback may destroy itself, register others, and destroy the source") {
  auto source = std::make_unique<stop_source>();
  const stop_token token = source->get_token();
  std::optional<stop_callback<std::function<void()>>> callback;
  std::optional<stop_callback<std::function<void()>>> other;
  int ran = 0;
  callback.emplace(token, [&] {
    other.emplace(token, [&] { ++ran; });
    ++ran;
    std::unique_ptr<stop_source>& outlives_this_function = source;
    callback.reset();
    outlives_this_function.reset();
  });
  source->request_stop();
  CHECK(ran == 2);
  CHECK_FALSE(callback);
}

TEST_CASE("callbacks come and go on many threads while the stop is requested") {
  for (int round = 0; round < 200; ++round) {
    stop_source source;
    std::atomic<int> ran{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, token = source.get_token()] {
        for (int n = 0; n < 50; ++n) const stop_callback callback(token, [&] { ++ran; });
      });
    }
    threads.emplace_back([&] { source.request_stop(); });
    for (std::thread& thread : threads) thread.join();
    CHECK(ran <= 200);
  }
}
