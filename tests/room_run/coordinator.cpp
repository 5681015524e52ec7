#include <apart/run/coordinator.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "support/coordinators.hpp"
#include "support/files.hpp"
#include "support/sanitizer.hpp"

using namespace std::chrono_literals;
using support::joinable_run;

namespace {

joinable_run some_run() {
  const joinable_run run = GENERATE(from_range(support::kinds_of_coordinators()))();
  UNSCOPED_INFO(run.kind);
  return run;
}

}  // namespace

TEST_CASE("an exclusive lock has one holder, a shared one many") {
  const joinable_run run = some_run();
  const auto one = run.join();
  const auto other = run.join();
  CHECK(one->try_lock("table"));
  CHECK_FALSE(other->try_lock("table"));
  CHECK_FALSE(other->try_lock_shared("table"));
  CHECK(other->try_lock("another table"));
  one->unlock("table");
  CHECK(other->try_lock_shared("table"));
  CHECK(one->try_lock_shared("table"));
  other->unlock("table");
  CHECK_FALSE(other->try_lock("table"));
  one->unlock("table");
  CHECK(other->try_lock("table"));
}

TEST_CASE("a member keeps what it has locked from itself, but for shares") {
  const joinable_run run = some_run();
  const auto one = run.join();
  const auto other = run.join();
  CHECK(one->try_lock("x"));
  CHECK_FALSE(one->try_lock("x"));
  CHECK_FALSE(one->try_lock_shared("x"));
  one->unlock("x");
  CHECK(one->try_lock_shared("x"));
  CHECK(one->try_lock_shared("x"));
  CHECK_FALSE(one->try_lock("x"));
  one->unlock("x");
  CHECK_FALSE(other->try_lock("x"));
  one->unlock("x");
  CHECK(other->try_lock("x"));
  one->unlock("x");  // which it does not hold
  CHECK_FALSE(one->try_lock("x"));
}

TEST_CASE("runs do not meet") {
  const joinable_run run = some_run();
  const auto one = run.join();
  const joinable_run another = run.another();
  const auto stranger = another.join();
  CHECK(one->try_lock("x"));
  CHECK(stranger->try_lock("x"));
  CHECK(one->create("x", "1"));
  CHECK_FALSE(stranger->read("x"));
  CHECK(one->add("x", 5) == 0);
  CHECK(stranger->add("x", 1) == 0);
}

TEST_CASE("a text is created once, and holds any bytes") {
  const joinable_run run = some_run();
  const auto one = run.join();
  const auto other = run.join();
  CHECK_FALSE(one->read("plan"));
  const std::string bytes("a\0b\n'\\\xff\xfe", 9);
  CHECK(one->create("plan", bytes));
  CHECK_FALSE(other->create("plan", "another"));
  CHECK(other->read("plan") == bytes);
  CHECK(one->create("empty", ""));
  CHECK(other->read("empty") == "");
  CHECK(one->create("name with 'quotes', \"more\", a % and \xc3\xa4", "1"));
}

TEST_CASE("a name that is empty is refused") {
  const joinable_run run = some_run();
  CHECK_THROWS_AS(run.join()->try_lock(""), apart::error);
  CHECK_THROWS_AS(run.join()->create("", "x"), apart::error);
  CHECK_THROWS_AS(run.join()->add("", 1), apart::error);
}

TEST_CASE("a counter gives every number once, to however many members") {
  const joinable_run run = some_run();
  constexpr int members = 4;
  constexpr int each = 50;
  std::vector<std::vector<std::uint64_t>> drawn(members);
  const auto stays = run.join();
  std::vector<std::thread> threads;
  for (auto& mine : drawn) {
    threads.emplace_back([&mine, &run] {
      const auto member = run.join();
      for (int time = 0; time < each; ++time) mine.push_back(member->add("tests", 3));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::uint64_t> all;
  for (const auto& mine : drawn) all.insert(mine.begin(), mine.end());
  CHECK(all.size() == members * each);
  CHECK(*all.rbegin() == 3 * (members * each - 1));
}

TEST_CASE("one holder at a time, where many wait") {
  const joinable_run run = some_run();
  std::atomic<int> inside{0};
  std::atomic<int> met{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      const auto member = run.join();
      for (int time = 0; time < 10; ++time) {
        apart::lock(*member, "x", apart::context::background());
        met += ++inside > 1 ? 1 : 0;
        --inside;
        member->unlock("x");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(met == 0);
}

TEST_CASE("a wait ends with its context") {
  const joinable_run run = some_run();
  const auto one = run.join();
  const auto other = run.join();
  REQUIRE(one->try_lock("x"));
  const auto soon = apart::with_timeout(apart::context::background(), 20ms);
  CHECK_THROWS_AS(apart::lock(*other, "x", soon), apart::cancelled_error);
  CHECK_THROWS_AS(apart::lock_shared(*other, "x", soon), apart::cancelled_error);
}

TEST_CASE("what a member holds goes with it") {
  const joinable_run run = some_run();
  const auto other = run.join();
  {
    const auto one = run.join();
    REQUIRE(one->try_lock("x"));
    REQUIRE(one->create("text", "stays"));
  }
  CHECK(other->try_lock("x"));
  CHECK(other->read("text") == "stays");
}

TEST_CASE("what a killed process has held is free", support::forks_beside_threads) {
  const joinable_run run = some_run();
  const auto other = run.join();
  support::channel told;
  const pid_t child = ::fork();
  if (child == 0) {
    const auto member = run.join();
    told.say(member->try_lock("x") ? "locked" : "not locked");
    for (;;) ::pause();
  }
  CHECK(told.hear() == "locked");
  CHECK_FALSE(other->try_lock("x"));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK_NOTHROW(apart::lock(*other, "x", apart::with_timeout(apart::context::background(), 30s)));
}
