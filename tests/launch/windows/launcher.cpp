#include <apart/launch/launcher.hpp>

#include <string>
#include <vector>

#include "catch.hpp"
#include "support/subject.hpp"

TEST_CASE("88 tests with one set-up on 4 processes: each ran once, the set-up once, and nothing is left") {
  const subject suite;
  const auto ended = suite.run({"--procs=4", "[.88]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "88 passed, 0 failed in "));
  CHECK(contains(ended.output, "(4 processes)"));
  auto journal = suite.journal();
  for (int number = 1; number <= 88; ++number) {
    const std::string note = "ran one of 88, " + std::to_string(number);
    CAPTURE(note);
    CHECK(journal[note] == 1);
  }
  CHECK(journal["set-up"] == 1);
  CHECK(journal["torn down 22"] == 1);
  CHECK(suite.files_left().empty());
  for (const int process : suite.processes_of("initialized")) CHECK_FALSE(is_alive(process));
}

TEST_CASE("Ctrl-C, and what the C library raises, cancel the tests that wait, run their clean-ups, and tear down") {
  const std::string told = GENERATE("Ctrl-C", "SIGTERM");
  const std::string name = told == "Ctrl-C" ? "SIGINT" : told;
  const subject suite("listens");
  program run(subject::command({"--procs=2", "[.waits],[.waits-too]"}), suite.environment());
  suite.wait_for("waiting");
  suite.wait_for("waiting as well");
  run.tell(told);
  const auto ended = run.wait();
  CAPTURE(ended.output, told);
  CHECK(contains(ended.output, "apart: the run was interrupted by " + name + ": running tests are cancelled"));
  CHECK(suite.journal()["cleaned up after: the run was interrupted by " + name] == 1);
  CHECK(suite.journal()["cleaned up as well"] == 1);
  CHECK(suite.files_left().empty());
}

TEST_CASE("an interrupt reaches the set-up that runs in the keeper") {
  const subject suite("listens");
  program run(subject::command({"--procs=2", "[.patient]"}), suite.environment());
  suite.wait_for("waiting in a set-up");
  run.tell("SIGINT");
  const auto ended = run.wait();
  CAPTURE(ended.output);
  CHECK(suite.journal()["the set-up noticed: the run was interrupted by SIGINT"] == 1);
}

TEST_CASE("a second interrupt ends tests that do not listen") {
  const subject suite("listens");
  program run(subject::command({"--procs=2", "[.deaf]"}), suite.environment());
  suite.wait_for("waiting");
  const int test = *suite.processes_of("waiting").begin();
  run.tell("SIGINT");
  run.wait_for_output("another interrupt ends them");
  wait_for_another_interrupt();
  run.tell("SIGINT");
  const auto ended = run.wait();
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "was ended by the launcher in this test"));
  CHECK_FALSE(is_alive(test));
}

TEST_CASE("a test that goes on after its limit is ended; so is a set-up that no test waits for any more") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--timeout=300ms", "[.deaf],[.deaf-set-up],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 4);
  CHECK(contains(ended.output, "in this test, which had gone on after its --timeout"));
  CHECK(contains(ended.output, "11 passed, 2 failed in "));
  CHECK(suite.files_left().empty());
}

TEST_CASE("what a set-up leaves running ends with the run") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "[.leaving]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  REQUIRE(suite.processes_of("stray").size() == 1);
  CHECK_FALSE(is_alive(*suite.processes_of("stray").begin()));
}

TEST_CASE("the run's directories are gone after it, also when workers were killed") {
  const subject suite;
  const auto ended = suite.run({"--procs=4", "[.directories],[.killed],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(suite.journal()["directory"] == 1);
  CHECK(suite.files_left().empty());
}

TEST_CASE("what bodies have claimed goes before the tear-down, what the set-up has claimed after it") {
  const std::string mode = GENERATE("", "body is killed");
  const subject suite(mode);
  const auto ended = suite.run({"--procs=2", "[claiming]"});
  CAPTURE(mode, ended.output);
  std::vector<std::string> ends;
  for (const std::string& note : suite.notes()) {
    if (note != "initialized") ends.push_back(note);
  }
  CHECK(ends == std::vector<std::string>{"cleaned up of a body", "claiming torn down", "cleaned up of the set-up"});
  CHECK(ended.status == (mode.empty() ? 0 : 1));
  CHECK(suite.files_left().empty());
}

TEST_CASE("the command that the summary gives for a failed test runs that test alone") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "[.odd-fails]"});
  CAPTURE(ended.output);
  const std::string failed = ended.output.substr(ended.output.find("\nfailed:\n"));
  const std::size_t at = failed.find("\n      ");
  REQUIRE(at != std::string::npos);
  const std::string command = failed.substr(at + 7, failed.find('\n', at + 7) - at - 7);
  const auto again = program(command, suite.environment()).wait();
  CAPTURE(command, again.output);
  CHECK(contains(again.output, "0 passed, 1 failed in "));
}
