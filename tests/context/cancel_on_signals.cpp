#include <apart/context/cancel_on_signals.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <apart/context/context.hpp>
#include <apart/context/on_cancel.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/error_of.hpp"
#include "support/interrupt.hpp"
#include "support/sanitizer.hpp"

using apart::cancel_on_signals;
using apart::context;
using namespace std::chrono_literals;

namespace {

struct sigaction action_of(int signal) {
  struct sigaction now {};
  ::sigaction(signal, nullptr, &now);
  return now;
}

void own_handler(int) { ::_exit(7); }

/// Without the handlers of the test framework.
template <class Body>
support::ended in_child(Body body) {
  return support::in_child([&](int output) {
    for (const int signal : {SIGINT, SIGTERM}) ::signal(signal, SIG_DFL);
    body(output);
  });
}

}  // namespace

// A process is cancelled for good: each of these runs in a child.

TEST_CASE("the first signal cancels the process's context, and says which it was") {
  const support::ended child = in_child([](int output) {
    const cancel_on_signals interrupts(SIGINT, SIGTERM);
    ::kill(::getpid(), SIGTERM);
    context::process().wait();
    support::write_all(output, context::process().cause());
  });
  CHECK(child.well());
  CHECK(child.output == "interrupted by SIGTERM");
}

TEST_CASE("the second signal, of whatever kind, does what it did before") {
  for (const int second : {SIGINT, SIGTERM}) {
    const support::ended child = in_child([&](int) {
      const cancel_on_signals interrupts(SIGINT, SIGTERM);
      ::raise(SIGINT);
      context::process().wait();
      support::wait_for_another_interrupt();
      ::raise(second);
      ::_exit(0);
    });
    CHECK(WIFSIGNALED(child.status));
    CHECK(WTERMSIG(child.status) == second);
  }
}

TEST_CASE("signals that come at once are one, and a later one ends the process") {
  const support::ended child = in_child([](int output) {
    const cancel_on_signals interrupts(SIGINT, SIGTERM);
    ::raise(SIGTERM);
    ::raise(SIGTERM);
    ::raise(SIGINT);
    context::process().wait();
    support::write_all(output, context::process().cause());
    support::wait_for_another_interrupt();
    ::raise(SIGTERM);
    ::_exit(0);
  });
  CHECK(child.output == "interrupted by SIGTERM");
  CHECK(WIFSIGNALED(child.status));
  CHECK(WTERMSIG(child.status) == SIGTERM);
}

TEST_CASE("the second signal ends a process in which a function never returns") {
  const support::ended child = in_child([](int) {
    const cancel_on_signals interrupts(SIGINT);
    std::atomic<bool> entered{false};
    const apart::on_cancel stuck(context::process(), [&] {
      entered = true;
      for (;;) ::pause();
    });
    ::raise(SIGINT);
    while (!entered) std::this_thread::yield();
    support::wait_for_another_interrupt();
    ::raise(SIGINT);
    ::_exit(0);
  });
  CHECK(WIFSIGNALED(child.status));
  CHECK(WTERMSIG(child.status) == SIGINT);
}

TEST_CASE("a handler that stood before takes the second signal, and comes back with the guard's end") {
  const support::ended escalated = in_child([](int) {
    ::signal(SIGINT, own_handler);
    const cancel_on_signals interrupts(SIGINT);
    ::raise(SIGINT);
    support::wait_for_another_interrupt();
    ::raise(SIGINT);
    ::_exit(0);
  });
  CHECK(WEXITSTATUS(escalated.status) == 7);
  const support::ended restored = in_child([](int) {
    ::signal(SIGINT, own_handler);
    {
      const cancel_on_signals interrupts(SIGINT, SIGTERM);
      if (action_of(SIGINT).sa_handler == own_handler) ::_exit(1);
    }
    ::_exit(action_of(SIGINT).sa_handler == own_handler && action_of(SIGTERM).sa_handler == SIG_DFL ? 0 : 1);
  });
  CHECK(restored.well());
}

TEST_CASE("a handler that somebody sets meanwhile stays") {
  const support::ended child = in_child([](int) {
    {
      const cancel_on_signals interrupts(SIGINT);
      ::signal(SIGINT, own_handler);
    }
    ::_exit(action_of(SIGINT).sa_handler == own_handler ? 0 : 1);
  });
  CHECK(child.well());
}

TEST_CASE("a signal that is ignored stays ignored") {
  const support::ended child = in_child([](int) {
    ::signal(SIGINT, SIG_IGN);
    {
      const cancel_on_signals interrupts(SIGINT, SIGTERM);
      ::raise(SIGINT);
      if (action_of(SIGINT).sa_handler != SIG_IGN) ::_exit(1);
    }
    ::_exit(action_of(SIGINT).sa_handler == SIG_IGN && !context::process().cancelled() ? 0 : 2);
  });
  CHECK(child.well());
}

TEST_CASE("guards come one after the other, and a second one at a time is refused") {
  const support::ended child = in_child([](int output) {
    for (int i = 0; i < 100; ++i) const cancel_on_signals interrupts(SIGINT);
    const cancel_on_signals interrupts(SIGINT);
    support::write_all(output, support::error_of([] { const cancel_on_signals second(SIGTERM); }));
    ::raise(SIGINT);
    context::process().wait();
  });
  CHECK(child.well());
  CHECK_THAT(child.output, Catch::Matchers::ContainsSubstring("another one lives in this process"));
}

TEST_CASE("a signal that nobody can catch is refused, and nothing is left of the guard") {
  const std::pair<int, const char*> refused[] = {
      {SIGKILL, "cancel_on_signals: no program can catch SIGKILL; leave it out"},
      {SIGSTOP, "cancel_on_signals: no program can catch SIGSTOP; leave it out"},
      {0, "cancel_on_signals: signal 0: Invalid argument"},
      {-1, "cancel_on_signals: signal -1: Invalid argument"},
      {1000, "cancel_on_signals: signal 1000: Invalid argument"}};
  for (const auto& [signal, said] : refused) {
    const support::ended child = in_child([refused_one = signal](int output) {
      support::write_all(output, support::error_of([&] { const cancel_on_signals guard(SIGINT, refused_one); }));
      const cancel_on_signals another(SIGTERM);
      ::_exit(action_of(SIGINT).sa_handler == SIG_DFL ? 0 : 1);
    });
    CHECK(child.well());
    CHECK(child.output == said);
  }
}

TEST_CASE("a function of the cancellation may destroy the guard, and the guard waits for one on another thread") {
  const support::ended child = in_child([](int) {
    static std::optional<cancel_on_signals> interrupts(std::in_place, SIGINT);
    static std::atomic<bool> gone{false};
    const apart::on_cancel destroys(context::process(), [] {
      interrupts.reset();
      gone = true;
    });
    ::raise(SIGINT);
    while (!gone) std::this_thread::yield();
    ::_exit(action_of(SIGINT).sa_handler == SIG_DFL ? 0 : 1);
  });
  CHECK(child.well());
  const support::ended waited = in_child([](int) {
    std::atomic<bool> entered{false};
    std::atomic<bool> left{false};
    std::optional<cancel_on_signals> interrupts(std::in_place, SIGINT);
    const apart::on_cancel slow(context::process(), [&] {
      entered = true;
      static_cast<void>(context::background().sleep_for(20ms));
      left = true;
    });
    ::raise(SIGINT);
    while (!entered) std::this_thread::yield();
    interrupts.reset();
    ::_exit(left ? 0 : 1);
  });
  CHECK(waited.well());
}

TEST_CASE("a forked child dies of the signal, cancels nothing of its parent, and may have a guard of its own",
          support::forks_beside_threads) {
  const support::ended parent = in_child([](int) {
    const cancel_on_signals interrupts(SIGINT, SIGTERM);
    const support::ended child = support::in_child([](int) {
      ::raise(SIGTERM);
      ::_exit(0);
    });
    const support::ended destroys = support::in_child([&](int) {
      const_cast<cancel_on_signals&>(interrupts).~cancel_on_signals();
      ::_exit(action_of(SIGINT).sa_handler == SIG_DFL ? 0 : 1);
    });
    const support::ended guarded = support::in_child([](int) {
      const cancel_on_signals own(SIGTERM);
      ::raise(SIGTERM);
      context::process().wait();
      support::wait_for_another_interrupt();
      ::raise(SIGTERM);
      ::_exit(0);
    });
    const bool well = WIFSIGNALED(child.status) && WTERMSIG(child.status) == SIGTERM && destroys.well() &&
                      WIFSIGNALED(guarded.status) && WTERMSIG(guarded.status) == SIGTERM;
    ::_exit(well && !context::process().cancelled() ? 0 : 1);
  });
  CHECK(parent.well());
}

TEST_CASE("no signal is lost or taken twice while guards come and go") {
  const support::ended child = in_child([](int) {
    static std::atomic<int> passed{0};
    static std::atomic<int> told{0};
    ::signal(SIGUSR1, [](int) { ++passed; });
    std::atomic<bool> done{false};
    std::atomic<int> sent{0};
    std::thread sender([&, guarded = ::pthread_self()] {
      while (!done) {
        ::pthread_kill(guarded, SIGUSR1);
        ++sent;
        while (passed + told < sent) std::this_thread::yield();
      }
    });
    while (told < 10 || passed < 10)
      const apart::detail::interrupts guard(
          {SIGUSR1}, [](int) { ++told; }, 0s);
    done = true;
    sender.join();
    ::_exit(passed + told == sent ? 0 : 1);
  });
  CHECK(child.well());
}
