// The suite that tests/launch/ctest_keeper.cpp gives to ctest, which has a process for each of its tests.

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

#include <apart/context/context.hpp>
#include <apart/context/poll.hpp>
#include <apart/process/initializer.hpp>
#include <apart/run/per_run.hpp>
#include <apart/test/this_test.hpp>

#include "catch.hpp"
#include "launch/subject/journal.hpp"

#include <sched.h>

namespace {

apart::initializer noted("noted", [] { note("initialized"); });

bool is_noted(const std::string& what) {
  std::ifstream journal(std::getenv("SUBJECT_JOURNAL"));
  for (std::string line; std::getline(journal, line);) {
    if (line.find(what) == 0) return true;
  }
  return false;
}

/// And the child of that; both run when it returns.
void leave_a_process() {
  const char* const shell = "sh -c 'sleep 1000 & echo left running $! >>\"$SUBJECT_JOURNAL\"; wait' &";
  if (std::system(shell) != 0) std::abort();
  apart::poll_until_or_throw(apart::context::current(), std::chrono::milliseconds(1), [] {
    if (!is_noted("left running")) throw std::runtime_error("the process that is left does not run");
  });
}

apart::per_run base{"base",
                    [] {
                      note("set up base");
                      return std::string("base");
                    },
                    [](const std::string&) { note("torn down base"); }};

apart::per_run server{"server",
                      [] {
                        note("set up server");
                        std::printf("printed by the set-up\n");
                        if (driver_asks_for("set-up throws")) throw std::runtime_error("no such image");
                        if (driver_asks_for("leaves a process")) leave_a_process();
                        if (driver_asks_for("set-up waits")) {
                          note("set-up waits");
                          apart::context::current().wait();
                          note("cancelled: " + apart::context::process().cause());
                        }
                        return *base + ":1234";
                      },
                      [](const std::string& address) {
                        note("torn down " + address);
                        if (driver_asks_for("tear-down throws")) throw std::runtime_error("the disk is full");
                      }};

apart::per_run never{"never asked for", [] { return note("set up what nobody needs"), 0; }};

/// As a function has it: the keeper has not.
const std::string& local_server() {
  static apart::per_run local{"local",
                              [] {
                                note("set up local");
                                return std::string("local");
                              },
                              [](const std::string&) { note("torn down local"); }};
  return *local;
}

void use_the_server() {
  CHECK(*server == "base:1234");
  note("used the server");
}

}  // namespace

TEST_CASE("good 1") { use_the_server(); }
TEST_CASE("good 2") { use_the_server(); }
TEST_CASE("good 3") { use_the_server(); }
TEST_CASE("good; 4, [with] \"quotes\", $HOME, ${x}, * and \\") { use_the_server(); }
TEST_CASE("good 5") { CHECK(*base == "base"); }
TEST_CASE("good 6") { CHECK(std::getenv("GIVEN_TO_ALL") != nullptr); }

TEST_CASE("bad fails") {
  use_the_server();
  CHECK(1 == 2);
}
TEST_CASE("bad is killed") {
  use_the_server();
  ::raise(SIGKILL);
}
TEST_CASE("bad hangs") {
  use_the_server();
  note("hanging");
  for (;;) ::pause();
}

TEST_CASE("local 1") { CHECK(local_server() == "local"); }
TEST_CASE("local 2") { CHECK(local_server() == "local"); }

#define ALONE(what, tags)                                    \
  TEST_CASE(what, tags) {                                    \
    note("in " + std::string(apart::this_test::name()));     \
    for (int i = 0; i < 2000; ++i) ::sched_yield();          \
    note("out of " + std::string(apart::this_test::name())); \
  }
ALONE("serial 1", "[serial]")
ALONE("serial 2", "[serial]")
ALONE("grouped 1", "[group:table:1]")
ALONE("grouped 2", "[group:table:1]")
ALONE("beside 1", "")
ALONE("beside 2", "")
