#include <apart/run/run_lock.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <apart/context/detail/scoped_current.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"

using apart::context;
using apart::run_lock;
using apart::shared_run_lock;
using support::channel;
using support::contains;
using support::error_of;
using support::gate;
using support::place;
using namespace std::chrono_literals;

namespace {

static_assert(!std::is_copy_constructible_v<run_lock> && std::is_nothrow_move_constructible_v<run_lock>);
static_assert(!std::is_copy_assignable_v<shared_run_lock> && std::is_nothrow_move_assignable_v<shared_run_lock>);

/// A process of the run whose place is `here`.
template <class Body>
[[nodiscard]] support::child member(const place& here, Body body) {
  return support::fresh_child({{"APART_TMPDIR", here.path().string()}, {"APART_RUN_ID", "run"}}, body);
}

/// What another process of the run gets: "got", or the error of a wait of no time.
template <class Lock = run_lock>
std::string try_elsewhere(const place& here, const std::string& name = "db") {
  return member(here,
                [&](int output) {
                  const std::string failure =
                      error_of([&] { const Lock lock(name, apart::with_timeout(context::background(), 0s)); });
                  support::write_all(output, failure.empty() ? "got" : failure);
                })
      .wait()
      .output;
}

}  // namespace

TEST_CASE("a wait that ends says so in one line, and when another thread of the process holds it") {
  const run_lock mine("two\nlines");
  std::string text;
  std::thread([&] {
    const auto soon = apart::with_timeout(apart::context::background(), std::chrono::milliseconds(1));
    text = error_of([&] { const run_lock other("two\nlines", soon); });
  }).join();
  CHECK(contains(text, "run_lock \"two\\nlines\": "));
  CHECK(contains(text, "; held by another thread of this process"));
  CHECK(text.find('\n') == std::string::npos);
}

TEST_CASE("an exclusive lock keeps out everyone, a shared one the exclusive ones") {
  const place here;
  channel told;
  gate exclusive_goes;
  gate shared_goes;
  support::child holder = member(here, [&](int) {
    {
      const run_lock lock("db");
      told.say("exclusive");
      exclusive_goes.wait();
    }
    const shared_run_lock lock("db");
    told.say("shared");
    shared_goes.wait();
  });
  REQUIRE(told.hear() == "exclusive");
  CHECK(contains(try_elsewhere(here), "run_lock \"db\": timed out"));
  CHECK(contains(try_elsewhere<shared_run_lock>(here), "; held by process " + std::to_string(holder.process())));
  CHECK(try_elsewhere(here, "other") == "got");
  exclusive_goes.open();
  REQUIRE(told.hear() == "shared");
  CHECK(try_elsewhere<shared_run_lock>(here) == "got");
  CHECK(contains(try_elsewhere(here), "timed out"));
  shared_goes.open();
  CHECK(holder.wait().well());
  CHECK(try_elsewhere(here) == "got");
}

TEST_CASE("who waits gets the lock when its holder is killed, however many wait") {
  const place here;
  channel told;
  gate never;
  support::child holder = member(here, [&](int) {
    const run_lock lock("db");
    told.say("held");
    never.wait();
  });
  REQUIRE(told.hear() == "held");
  std::vector<support::child> waiters;
  for (int i = 0; i < 4; ++i) {
    waiters.push_back(member(here, [&](int output) {
      told.say("waits");
      const run_lock lock("db", context::background());
      support::write_all(output, "got");
    }));
    REQUIRE(told.hear() == "waits");
  }
  ::kill(holder.process(), SIGKILL);
  for (support::child& waiter : waiters) CHECK(waiter.wait().output == "got");
}

TEST_CASE("one process at a time is in what a lock guards, and every thread gets its turn") {
  const place here;
  const std::string counter = here.path() / "counter";
  support::write_file(counter, "0");
  std::vector<support::child> members;
  for (int p = 0; p < 4; ++p) {
    members.push_back(member(here, [&](int) {
      std::vector<std::thread> threads;
      for (int t = 0; t < 3; ++t) {
        threads.emplace_back([&] {
          for (int i = 0; i < 50; ++i) {
            const run_lock lock("counter", context::background());
            support::write_file(counter, std::to_string(std::stoi(support::text_of(counter)) + 1));
          }
        });
      }
      for (std::thread& thread : threads) thread.join();
    }));
  }
  for (support::child& one : members) CHECK(one.wait().well());
  CHECK(support::text_of(counter) == "600");
}

TEST_CASE("readers that overlap do not keep out a writer, in one process or in several") {
  const place here;
  channel told;
  gate done;
  std::vector<support::child> readers;
  for (int p = 0; p < 2; ++p) {
    readers.push_back(member(here, [&](int) {
      std::atomic<bool> stop{false};
      std::atomic<int> entered{0};
      const auto read = [&] {
        while (!stop) {
          const shared_run_lock lock("table", context::background());
          const int mine = ++entered;
          // Leaves after another one has come: somebody is always inside, unless a writer keeps the next one out.
          for (int turn = 0; entered == mine && turn < 10'000; ++turn) std::this_thread::yield();
        }
      };
      std::thread one(read);
      std::thread two(read);
      while (entered < 10) std::this_thread::yield();
      told.say("reading");
      done.wait();
      stop = true;
      one.join();
      two.join();
    }));
    REQUIRE(told.hear() == "reading");
  }
  const support::ended writer = member(here, [](int output) {
                                  for (int i = 0; i < 20; ++i) const run_lock lock("table", context::background());
                                  support::write_all(output, "written");
                                }).wait();
  CHECK(writer.output == "written");
  done.open();
  for (support::child& reader : readers) CHECK(reader.wait().well());
}

TEST_CASE("a second lock of one name in one thread is an error, and the lock is as it was") {
  const support::ended said =
      member(place(), [](int output) {
        const run_lock lock("db");
        for (const std::string& failure :
             {error_of([] { const run_lock again("db"); }), error_of([] { const shared_run_lock again("db"); })}) {
          support::write_all(output, failure + "\n");
        }
      }).wait();
  const std::string text =
      "run_lock \"db\" is held by this thread already, and would wait for itself; release it first\n";
  CHECK(said.output == text + text);
}

TEST_CASE("a wait ends with its context; two locks in opposite order name what both sides hold") {
  const place here;
  channel to_one;
  channel to_other;
  support::child other = member(here, [&](int output) {
    const run_lock lock("b");
    to_one.say("b is held");
    to_other.hear();
    const auto crosswise = [] { const run_lock a("a", apart::with_timeout(context::background(), 1ms)); };
    support::write_all(output, error_of(crosswise));
    to_one.say("it has failed");
    to_other.hear();
  });
  support::child one = member(here, [&](int output) {
    const run_lock lock("a");
    to_one.hear();
    to_other.say("a is held");
    to_one.hear();
    const apart::scoped_context test = apart::detail::context_access::child_of(
        context::background(), "test", apart::detail::shared_unless_empty("stores"), context::clock::now() + 1ms);
    const apart::detail::scoped_current now(test);
    support::write_all(output, error_of([] { const run_lock b("b"); }));
    to_other.say("it has failed, too");
  });
  const std::string by_one = one.wait().output;
  CHECK(contains(by_one, "run_lock \"b\": test \"stores\": timed out"));
  CHECK(contains(by_one, "; held by process " + std::to_string(other.process()) + "; this thread holds \"a\""));
  const std::string by_other = other.wait().output;
  CHECK(contains(by_other, "; held by process "));
  CHECK(contains(by_other, "; this thread holds \"b\""));
  CHECK(try_elsewhere(here, "a") == "got");
  CHECK(try_elsewhere(here, "b") == "got");
}

TEST_CASE("who waits is told the holder's process, and its test where it holds the lock in one") {
  const place here;
  channel told;
  gate goes;
  support::child holder = member(here, [&](int) {
    apart::detail::process_contexts::instance().name_process("worker 2");
    const run_lock plain("plain");
    const apart::scoped_context test = apart::detail::context_access::child_of(
        context::process(), "test", apart::detail::shared_unless_empty("order"));
    const apart::scoped_context limited = apart::with_timeout(test, 1h, "the order took too long");
    const apart::detail::scoped_current now(limited);
    const run_lock in_test("in a test");
    told.say("held");
    goes.wait();
  });
  REQUIRE(told.hear() == "held");
  const std::string process = "; held by process " + std::to_string(holder.process());
  CHECK_THAT(try_elsewhere(here, "plain"), Catch::Matchers::EndsWith(process));
  CHECK_THAT(try_elsewhere(here, "in a test"), Catch::Matchers::EndsWith(process + " in test \"order\""));
  goes.open();
  CHECK(holder.wait().well());
}

TEST_CASE("a wait that was given up leaves the lock to those who come later, while its process lives") {
  const place here;
  channel told;
  for (int round = 0; round < 50; ++round) {
    gate holder_may_go;
    support::child holder = member(here, [&](int) {
      const run_lock lock("db");
      told.say("held");
      holder_may_go.wait();
    });
    REQUIRE(told.hear() == "held");
    gate may_go;
    support::child waiter = member(here, [&](int) {
      holder_may_go.open();  // its end of what the parent opens
      const auto wait = [](context::clock::duration so_long) {
        static_cast<void>(
            error_of([&] { const run_lock db("db", apart::with_timeout(context::background(), so_long)); }));
      };
      wait(1ms);
      std::thread([&] { wait(1ms); }).join();
      told.say("given up");
      may_go.wait();
    });
    REQUIRE(told.hear() == "given up");
    holder_may_go.open();
    REQUIRE(holder.wait().well());
    const support::ended third = member(here, [](int output) {
                                   const run_lock lock("db", apart::with_timeout(context::background(), 20s));
                                   support::write_all(output, "got");
                                 }).wait();
    REQUIRE(third.output == "got");
    may_go.open();
    REQUIRE(waiter.wait().well());
  }
}

TEST_CASE("a forked child holds nothing of its parent's, frees nothing, and may lock by itself") {
  const place here;
  const support::ended said =
      member(here, [&](int output) {
        auto lock = std::make_unique<run_lock>("db");
        const support::ended child = support::in_child([&](int inner) {
          lock.reset();
          support::write_all(
              inner, error_of([] { const run_lock own("db", apart::with_timeout(context::background(), 0s)); }));
          const run_lock other("other");
        });
        support::write_all(output, contains(child.output, "timed out") && child.well() ? "kept " : child.output);
        lock.reset();
        support::write_all(output, try_elsewhere(here));
      }).wait();
  CHECK(said.output == "kept got");
}

TEST_CASE("a lock moves with its duty, also onto itself; a moved-from one does nothing") {
  const place here;
  const support::ended said =
      member(here, [&](int output) {
        run_lock first("db");
        run_lock second = std::move(first);
        { const run_lock gone = std::move(first); }
        run_lock& same = second;
        second = std::move(same);
        support::write_all(output, contains(try_elsewhere(here), "timed out") ? "held " : "free ");
        second = run_lock("other");
        support::write_all(output, try_elsewhere(here) + " " +
                                       (contains(try_elsewhere(here, "other"), "timed out") ? "held" : "free"));
      }).wait();
  CHECK(said.output == "held got held");
}

TEST_CASE("any text but the empty one is a name, and runs do not lock each other out") {
  const place here;
  CHECK(error_of([] { const run_lock lock(""); }) ==
        "run_lock: its name is empty; give each thing that is locked a name");
  const support::ended said =
      member(here, [&](int output) {
        const run_lock odd(std::string("../\0\xff\n", 6) + std::string(5000, 'x'));
        const run_lock lock("db");
        support::write_all(
            output, support::fresh_child({{"APART_TMPDIR", here.path().string()}, {"APART_RUN_ID", "another"}},
                                         [](int inner) {
                                           const run_lock same("db", apart::with_timeout(context::background(), 0s));
                                           support::write_all(inner, "got");
                                         })
                        .wait()
                        .output);
      }).wait();
  CHECK(said.output == "got");
}
