// What the test of runs over several machines runs.

#include <apart/interop/postgres.hpp>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>

#include <apart/context/poll.hpp>
#include <apart/name/unique_name.hpp>
#include <apart/process/worker.hpp>
#include <apart/run/per_run.hpp>
#include <apart/test/this_test.hpp>

#include "catch.hpp"
#include "launch/subject/journal.hpp"

namespace {

void run_side_by_side(int number) {
  note("ran " + std::to_string(number));
  note("worker " + std::to_string(apart::this_worker().index));
  note("name " + apart::unique_name());
}

void run_alone(int number) {
  note("begins alone " + std::to_string(number));
  CHECK(apart::this_test::ctx().sleep_for(std::chrono::milliseconds(20)));
  note("ends alone " + std::to_string(number));
}

/// How often the journal says so by now.
int times_noted(const std::string& what) {
  std::ifstream journal(std::getenv("SUBJECT_JOURNAL"));
  int times = 0;
  for (std::string line; std::getline(journal, line);) times += line.substr(0, line.rfind(' ')) == what ? 1 : 0;
  return times;
}

void wait_until_noted(const std::string& what, int times) {
  CHECK(apart::poll_until(apart::this_test::ctx(), std::chrono::milliseconds(1),
                          [&] { return times_noted(what) >= times; }));
}

apart::per_run once{"once",
                    [] {
                      note("once set up");
                      return "of worker " + std::to_string(apart::this_worker().index);
                    },
                    [](const std::string&) { note("once torn down"); }};

apart::per_run each{"each",
                    [] {
                      note("each set up");
                      return *once;
                    },
                    [](const std::string&) { note("each torn down"); }, apart::scope::machine};

/// The first one comes to no end.
apart::per_run slow{"slow",
                    [] {
                      note("slow begins");
                      if (times_noted("slow begins") == 1) apart::context::current().wait();
                      apart::context::current().throw_if_cancelled();
                      return 1;
                    },
                    [](const int&) { note("slow torn down"); }};

apart::per_run broken{"broken", []() -> int {
                        note("broken begins");
                        throw apart::error("no port is free");
                      }};

}  // namespace

TEST_CASE("needs what each machine has, first", "[.shared]") {
  note("got " + *each);
  wait_until_noted("each set up", 2);
}
TEST_CASE("needs what each machine has, second", "[.shared]") {
  note("got " + *each);
  wait_until_noted("each set up", 2);
}

TEST_CASE("needs what is set up once, first", "[.once]") {
  static_cast<void>(*once);
  note("first uses it");
  wait_until_noted("go", 1);
}
TEST_CASE("needs what is set up once, second", "[.once]") {
  static_cast<void>(*once);
  note("second uses it");
  wait_until_noted("go", 1);
}

TEST_CASE("needs a slow one, first", "[.slow]") { note("got " + std::to_string(*slow)); }
TEST_CASE("needs a slow one, second", "[.slow]") { note("got " + std::to_string(*slow)); }

TEST_CASE("needs a broken one, first", "[.broken]") {
  note("began");
  wait_until_noted("began", 2);
  static_cast<void>(*broken);
}
TEST_CASE("needs a broken one, second", "[.broken]") {
  note("began");
  wait_until_noted("began", 2);
  static_cast<void>(*broken);
}

#define SIDE_BY_SIDE(number) \
  TEST_CASE("side by side " #number, "[all]") { run_side_by_side(number); }
SIDE_BY_SIDE(1)
SIDE_BY_SIDE(2)
SIDE_BY_SIDE(3)
SIDE_BY_SIDE(4)
SIDE_BY_SIDE(5)
SIDE_BY_SIDE(6)
SIDE_BY_SIDE(7)
SIDE_BY_SIDE(8)
SIDE_BY_SIDE(9)
SIDE_BY_SIDE(10)
SIDE_BY_SIDE(11)
SIDE_BY_SIDE(12)

#define ALONE(number) \
  TEST_CASE("alone " #number, "[all][serial]") { run_alone(number); }
ALONE(1)
ALONE(2)
ALONE(3)

TEST_CASE("waits until its context ends", "[.holds]") {
  note("holding");
  apart::this_test::ctx().wait();
  note("cancelled: " + apart::this_test::ctx().cause());
}
TEST_CASE("runs behind it", "[.holds]") { note("ran behind"); }
