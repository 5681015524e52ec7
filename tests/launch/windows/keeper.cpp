#include <apart/launch/keeper.hpp>

#include <string>
#include <vector>

#include "catch.hpp"
#include "support/subject.hpp"

TEST_CASE("a set-up runs once for all workers, in a process that runs no tests, and is torn down at the end") {
  const subject suite;
  const auto ended = suite.run({"--procs=4", "[good],[.server],[.inner]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  auto journal = suite.journal();
  CHECK(journal["set-up"] == 1);
  CHECK(journal["torn down 22"] == 1);
  CHECK(journal["inner torn down"] == 1);
  REQUIRE(suite.processes_of("set-up").size() == 1);
  const int keeper = *suite.processes_of("set-up").begin();
  for (int number = 1; number <= 8; ++number) {
    CHECK(suite.processes_of("ran passing test " + std::to_string(number)).count(keeper) == 0);
  }
  CHECK(suite.processes_of("torn down 22").count(keeper) == 1);
  CHECK(suite.processes_of("initialized").count(keeper) == 1);
}

TEST_CASE("a set-up that throws, or whose process dies, fails everyone who asks, with what became of it") {
  const std::string mode = GENERATE("set-up throws", "set-up is killed");
  const subject suite(mode);
  const auto ended = suite.run({"--procs=4", "[good],[.server]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 4);
  CHECK(contains(subject::unwrapped(ended.output), "11 passed, 3 failed"));
  const std::string why =
      mode == "set-up throws"
          ? "its set-up failed: no port is free"
          : "per_run \"server\": the process that keeps what the run has set up exited with status 9";
  CHECK(count_of(subject::unwrapped(ended.output), why) >= 3);
  CHECK(suite.journal()["set-up"] == 1);
  CHECK(suite.journal().count("torn down 22") == 0);
}

TEST_CASE("a tear-down that throws is reported and fails the run; one whose process is killed runs again") {
  const subject suite("tear-down throws");
  const auto thrown = suite.run({"--procs=2", "[.server]"});
  CAPTURE(thrown.output);
  CHECK(thrown.status == 1);
  CHECK(contains(subject::unwrapped(thrown.output),
                 "per_run \"server\": its tear-down failed: the server does not stop"));

  const subject again("tear-down is killed once");
  const auto killed = again.run({"--procs=2", "[.server]"});
  CAPTURE(killed.output);
  CHECK(killed.status == 1);
  CHECK(again.journal()["torn down 22"] == 2);
}
