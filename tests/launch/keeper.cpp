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
  const int keeper = *suite.processes_of("set-up").begin();
  for (int number = 1; number <= 8; ++number) {
    CHECK(suite.processes_of("ran passing test " + std::to_string(number)).count(keeper) == 0);
  }
  CHECK(suite.processes_of("torn down 22").count(keeper) == 1);
  CHECK(suite.processes_of("initialized").count(keeper) == 1);
}

TEST_CASE("a set-up that nobody asks for never runs") {
  const subject suite;
  suite.run({"--procs=4", "[good]"});
  CHECK(suite.journal().count("set-up") == 0);
}

TEST_CASE("a set-up that throws fails everyone who asks, with its text, and what it has printed is shown") {
  const int procs = GENERATE(1, 4);
  const subject suite("set-up throws");
  const auto ended = suite.run({"--procs=" + std::to_string(procs), "[good],[.server]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 4);
  CHECK(contains(subject::unwrapped(ended.output), "11 passed, 3 failed"));
  CHECK(count_of(subject::unwrapped(ended.output), "its set-up failed: no port is free") >= 3);
  CHECK(count_of(ended.output, "looks for a port") == 1);
  CHECK(suite.journal()["set-up"] == 1);
  CHECK(suite.journal().count("torn down 22") == 0);
}

TEST_CASE("of each set-up that throws is shown what it has printed, once") {
  const subject suite("set-up throws");
  const auto ended = suite.run({"--procs=1", "[.server],[.storage]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 4);
  CHECK(count_of(ended.output, "looks for a port") == 1);
  CHECK(count_of(ended.output, "looks for a disk") == 1);
  CHECK(count_of(ended.output, "apart: per_run \"") == 2);
}

TEST_CASE("a set-up whose process dies fails everyone who asks, with how it died") {
  const std::string mode = GENERATE("set-up is killed", "set-up exits");
  const subject suite(mode);
  const auto ended = suite.run({"--procs=4", "[good],[.server]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 4);
  CHECK(contains(subject::unwrapped(ended.output), "11 passed, 3 failed"));
  const std::string how = mode == "set-up exits" ? "exited with status 0" : "was killed by SIGKILL";
  CHECK(count_of(subject::unwrapped(ended.output),
                 "per_run \"server\": the process that keeps what the run has set up " + how) >= 3);
  CHECK(suite.journal()["set-up"] == 1);
}

TEST_CASE("a name that two set-ups have is refused with both places, and neither runs") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "[.twin]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 4);
  const std::string said = subject::unwrapped(ended.output);
  const auto first = said.find("per_run \"twin\" stands at ");
  REQUIRE(first != std::string::npos);
  CHECK(count_of(said.substr(first, said.find("; give each its own name", first) - first), "suite.cpp:") == 2);
  CHECK(suite.journal()["twin set up"] == 0);
}

TEST_CASE("a set-up that leaves with exit(0) tears nothing down; what it stands on is torn down once") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "[.leaving]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 4);
  CHECK(suite.journal()["set-up"] == 1);
  CHECK(suite.journal()["torn down 22"] == 1);
  CHECK(suite.files_left().empty());
}

TEST_CASE("a tear-down that throws is reported and fails the run") {
  const subject suite("tear-down throws");
  const auto with_procs = suite.run({"--procs=2", "[.server]"});
  CHECK(with_procs.status == 1);
  CHECK(contains(subject::unwrapped(with_procs.output),
                 "per_run \"server\": its tear-down failed: the server does not stop"));
  CHECK(count_of(with_procs.output, "asks it to stop") == 1);
  const auto alone = suite.run({"[.server]"});
  CHECK(alone.status == 1);
  CHECK(
      contains(subject::unwrapped(alone.output), "per_run \"server\": its tear-down failed: the server does not stop"));
}

TEST_CASE("a tear-down whose process is killed runs again, with the payload") {
  const subject suite("tear-down is killed once");
  const auto ended = suite.run({"--procs=2", "[.server]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(suite.journal()["torn down 22"] == 2);
}

TEST_CASE("a tear-down that is killed every time ends all the same, and is named") {
  const subject suite("tear-down is killed");
  const auto ended = suite.run({"--procs=2", "[.server]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(subject::unwrapped(ended.output), "per_run \"server\" was not torn down"));
}

TEST_CASE("set-ups that need each other are an error that shows the path") {
  const subject suite;
  for (const auto& arguments :
       {std::vector<std::string>{"--procs=2", "[.cycle]"}, std::vector<std::string>{"[.cycle]"}}) {
    const auto ended = suite.run(arguments);
    CHECK(ended.status != 0);
    CHECK(contains(subject::unwrapped(ended.output), "needs itself: egg > chicken > egg"));
  }
}

TEST_CASE("a per_run that only the test's process has is refused by name") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "[.local]"});
  CHECK(ended.status == 4);
  CHECK(contains(subject::unwrapped(ended.output),
                 "per_run \"local\" is unknown to the process that sets up; it has to stand at namespace"));
}
