#include <apart/context/detail/interrupts.hpp>

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <thread>

#include <apart/context/cancel_on_signals.hpp>
#include <apart/context/context.hpp>

#include "catch.hpp"
#include "support/error_of.hpp"
#include "support/interrupt.hpp"
#include "support/self.hpp"

using apart::cancel_on_signals;
using apart::context;

namespace {

void own_handler(int) { std::_Exit(7); }

}  // namespace

// A process is cancelled for good: each of these runs in one of its own.

TEST_CASE("the first signal cancels the process's context, those at once are the same, a later one ends the process") {
  support::self process("is interrupted three times");
  CHECK(process.hear() == "interrupted by SIGTERM");
  CHECK(process.wait() == 3);  // as the C library ends it
}
TEST_CASE("is interrupted three times", "[.][self]") {
  std::signal(SIGTERM, SIG_DFL);
  const cancel_on_signals interrupts(SIGINT, SIGTERM);
  std::raise(SIGTERM);
  std::raise(SIGINT);
  context::process().wait();
  support::say(context::process().cause());
  support::wait_for_another_interrupt();
  std::raise(SIGTERM);
  std::_Exit(0);
}

TEST_CASE("a handler that stood before takes the second signal, and comes back with the guard's end") {
  CHECK(support::self("has a handler", {{"GUARDED", "1"}}).wait() == 7);
  CHECK(support::self("has a handler", {{"GUARDED", "0"}}).wait() == 7);
}
TEST_CASE("has a handler", "[.][self]") {
  std::signal(SIGINT, own_handler);
  std::optional<cancel_on_signals> interrupts(std::in_place, SIGINT);
  if (std::string(std::getenv("GUARDED")) == "1") {
    std::raise(SIGINT);
    support::wait_for_another_interrupt();
  } else {
    interrupts.reset();
  }
  std::raise(SIGINT);
  std::_Exit(0);
}

TEST_CASE("a handler that somebody sets meanwhile stays, and what is ignored stays ignored") {
  CHECK(support::self("sets a handler meanwhile").wait() == 7);
  CHECK(support::self("ignores it").wait() == 0);
}
TEST_CASE("sets a handler meanwhile", "[.][self]") {
  {
    const cancel_on_signals interrupts(SIGINT);
    std::signal(SIGINT, own_handler);
  }
  std::raise(SIGINT);
  std::_Exit(0);
}
TEST_CASE("ignores it", "[.][self]") {
  std::signal(SIGINT, SIG_IGN);
  const cancel_on_signals interrupts(SIGINT);
  std::raise(SIGINT);
  std::_Exit(context::process().sleep_for(std::chrono::milliseconds(50)) ? 0 : 1);
}

TEST_CASE("a second guard, and a signal that nobody can catch, are refused, and nothing is left of the guard") {
  {
    const cancel_on_signals one(SIGINT);
    CHECK(support::contains(support::error_of([] { const cancel_on_signals other(SIGTERM); }), "another one lives"));
  }
  for (const int unknown : {0, -1, 9, 31, 32, 4711}) {
    CHECK(support::contains(support::error_of([&] { const cancel_on_signals guard(SIGINT, unknown); }),
                            "signal " + std::to_string(unknown)));
  }
  CHECK_FALSE(apart::detail::interrupts::any());
  CHECK(std::signal(SIGINT, SIG_DFL) == SIG_DFL);
}

TEST_CASE("a function of the cancellation may destroy the guard") {
  CHECK(support::self("destroys the guard").wait() == 0);
}
TEST_CASE("destroys the guard", "[.][self]") {
  static std::optional<apart::detail::interrupts> guard;
  guard.emplace(std::vector<int>{SIGINT}, [](int) { guard.reset(); });
  std::raise(SIGINT);
  while (apart::detail::interrupts::any()) std::this_thread::yield();
  std::_Exit(0);
}
