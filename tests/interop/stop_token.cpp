#include <apart/interop/stop_token.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include <unistd.h>

#include "catch.hpp"
#include "support/child.hpp"

using apart::context;
using apart::std_token;
using apart::with_cancel;
using namespace std::chrono_literals;

TEST_CASE("a token of the standard's is stopped when the context is cancelled, before cancel returns") {
  apart::scoped_context work = with_cancel(context::background());
  const std::stop_token token = std_token(work);
  CHECK(token.stop_possible());
  CHECK_FALSE(token.stop_requested());
  int called = 0;
  const std::stop_callback callback(token, [&] { ++called; });
  work.cancel();
  CHECK(token.stop_requested());
  CHECK(called == 1);
}

TEST_CASE("the token of a cancelled context is stopped, and that of the background never") {
  apart::scoped_context work = with_cancel(context::background());
  work.cancel();
  CHECK(std_token(work).stop_requested());
  CHECK_FALSE(std_token(context::background()).stop_requested());
}

TEST_CASE("a context has one token, which its values do not change") {
  const apart::scoped_context work = with_cancel(context::background());
  CHECK(std_token(work) == std_token(work));
  CHECK(std_token(work) == std_token(work.with_value(1)));
  CHECK(std_token(work) != std_token(with_cancel(work)));
}

TEST_CASE("a token outlives its context, stopped") {
  std::optional<apart::scoped_context> work(with_cancel(context::background()));
  const std::stop_token token = std_token(*work);
  work.reset();
  CHECK(token.stop_requested());
}

TEST_CASE("a context that ends leaves no callback in its parent") {
  apart::scoped_context parent = with_cancel(context::background());
  for (int i = 0; i < 1000; ++i) {
    const apart::scoped_context child = with_cancel(parent);
    CHECK_FALSE(std_token(child).stop_requested());
  }
  parent.cancel();
}

TEST_CASE("a wait on std::condition_variable_any ends at the deadline of its context") {
  const apart::scoped_context limited = apart::with_timeout(context::background(), 5ms);
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  CHECK_FALSE(never.wait(lock, std_token(limited), [] { return false; }));
  CHECK(limited.error() == std::errc::timed_out);
}

TEST_CASE("a context ends a std::jthread's loop") {
  apart::scoped_context work = with_cancel(context::background());
  std::jthread looping([token = std_token(work)] {
    while (!token.stop_requested()) std::this_thread::yield();
  });
  work.cancel();
}

TEST_CASE("tokens are asked for, and stopped, on many threads at once") {
  for (int round = 0; round < 200; ++round) {
    apart::scoped_context work = with_cancel(context::background());
    {
      std::jthread canceller([&] { work.cancel(); });
      std::jthread one([&] { static_cast<void>(std_token(work)); });
      std::jthread other([&] { static_cast<void>(std_token(work)); });
    }
    apart::scoped_context shared = with_cancel(context::background());
    {
      std::jthread asks([&] { static_cast<void>(std_token(shared)); });
      const std::stop_token token = std_token(shared);
      shared.cancel();
      CHECK(token.stop_requested());
    }
    CHECK(std_token(work).stop_requested());
  }
}

TEST_CASE("a forked child asks for a token of its own") {
  apart::scoped_context work = with_cancel(context::background());
  const std::stop_token of_parent = std_token(work);
  const support::ended child = support::in_child([&](int) {
    const std::stop_token of_child = std_token(work);
    work.cancel();
    ::_exit(of_child.stop_requested() && !of_parent.stop_requested() ? 0 : 1);
  });
  CHECK(child.well());
  CHECK_FALSE(of_parent.stop_requested());
}
