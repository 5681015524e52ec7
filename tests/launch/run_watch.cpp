#include <apart/launch/run_watch.hpp>

#include <chrono>
#include <csignal>

#include <apart/detail/poll_set.hpp>

#include "catch.hpp"

using apart::run_watch;
using step = run_watch::step;
using namespace std::chrono_literals;

namespace {

/// Later than the limit of any run_watch of these tests.
run_watch::moment later() { return std::chrono::steady_clock::now() + 1h; }

}  // namespace

TEST_CASE("each interrupt takes the next step, and the last one again") {
  run_watch watch(std::chrono::nanoseconds::max());
  const auto now = later();
  CHECK(watch.next() == run_watch::moment::max());
  CHECK_FALSE(watch.stopped());
  CHECK(watch.look(now).what == step::none);
  const auto first = watch.interrupted(SIGINT, now);
  CHECK(first.what == step::cancel);
  CHECK(first.cause == "the run was interrupted by SIGINT");
  CHECK(watch.stopped());
  CHECK(watch.interrupted(SIGTERM, now + 499ms).what == step::none);
  CHECK(watch.interrupted(SIGTERM, now + 500ms).what == step::ask);
  CHECK(watch.interrupted(SIGINT, now + 1s).what == step::kill);
  CHECK(watch.interrupted(SIGINT, now + 2s).what == step::kill);
}

TEST_CASE("the end of its time takes a step each grace, and stands still while the run does") {
  run_watch watch(1s);
  const auto end = watch.next();
  CHECK(watch.look(end - 1ns).what == step::none);
  watch.shift(1s);
  CHECK(watch.look(end).what == step::none);
  CHECK(watch.look(end + 1s).what == step::cancel);
  CHECK(watch.look(end + 1999ms).what == step::none);
  const auto asked = watch.look(end + 2s);
  CHECK(asked.what == step::ask);
  CHECK(asked.with_stack);
  CHECK(watch.look(end + 3s).what == step::kill);
}

TEST_CASE("an interrupt after the end of its time takes the second step, as the first interrupt that it is") {
  run_watch watch(1s);
  const auto now = later();
  CHECK(watch.look(now).what == step::cancel);
  const auto first = watch.interrupted(SIGINT, now);
  CHECK(first.what == step::ask);
  CHECK(first.text == "the run was interrupted by SIGINT: the processes of the run are asked to end (SIGTERM)");
}

TEST_CASE("a signal that has arrived is told once") {
#if defined(SIGHUP)
  const int signal = GENERATE(SIGTERM, SIGHUP);
#else
  const int signal = SIGTERM;
#endif
  run_watch watch(std::chrono::nanoseconds::max());
  CHECK(watch.take_signal() == 0);
  std::raise(signal);
  apart::detail::poll_set waited;
  waited.add(watch.signals().descriptor(), false);
  waited.wait_until(run_watch::moment::max());
  CHECK(watch.take_signal() == signal);
  CHECK(watch.take_signal() == 0);
}
