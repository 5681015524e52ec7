#include <apart/context/stop_token.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.hpp"

using apart::stop_callback;
using apart::stop_source;
using apart::stop_token;

static_assert(std::is_nothrow_default_constructible_v<stop_token> && std::is_nothrow_copy_constructible_v<stop_token> &&
              std::is_nothrow_move_constructible_v<stop_token>);
static_assert(std::is_nothrow_copy_constructible_v<stop_source> && std::is_nothrow_move_constructible_v<stop_source>);
static_assert(std::is_nothrow_constructible_v<stop_source, apart::nostopstate_t>);
static_assert(!std::is_copy_constructible_v<stop_callback<void (*)()>>);
static_assert(!std::is_move_constructible_v<stop_callback<void (*)()>>);

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
