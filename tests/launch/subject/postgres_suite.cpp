// What the test of runs over several machines runs.

#include <apart/interop/postgres.hpp>
#include <apart/launch/catch2_main.hpp>

#include <chrono>
#include <string>

#include <apart/name/unique_name.hpp>
#include <apart/process/worker.hpp>

#include "journal.hpp"

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#endif

APART_CATCH2_MAIN();

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

}  // namespace

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
