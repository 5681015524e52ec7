#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/subject.hpp"

TEST_CASE("without --procs Catch2 runs as it always did, and the set-up runs in the process itself") {
  const subject suite;
  const auto ended = suite.run({"[good],[.server]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "test cases"));
  check_good_tests_ran_once(suite);
  CHECK(suite.journal()["set-up"] == 1);
  CHECK(suite.journal()["torn down 22"] == 1);
}

TEST_CASE("without --procs too an interrupt cancels the test that waits, runs its clean-ups, and begins no other") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  const std::string name = signal == SIGINT ? "SIGINT" : "SIGTERM";
  const subject suite;
  program run(subject::command({"[.waits],[.waits-too],[.server]", "--order", "decl"}), suite.environment());
  suite.wait_for("waiting");
  run.signal(signal);
  run.signal(signal);
  const auto ended = run.wait();
  CAPTURE(ended.output);
  auto journal = suite.journal();
  CHECK(journal["cleaned up after: interrupted by " + name] == 1);
  CHECK(journal.count("waiting as well") == 0);
  CHECK(
      contains(subject::unwrapped(ended.output), "apart: the run was interrupted by " + name +
                                                     ": the running test is cancelled, and its clean-ups run: waits "
                                                     "for the end of its context; another interrupt ends the process"));
  CHECK(contains(subject::unwrapped(ended.output), "not run: the run was interrupted by " + name));
  CHECK(ended.status > 0);
  CHECK(ended.status < 128);
  CHECK(journal["torn down 22"] == 1);
  CHECK(suite.files_left().empty());
}

TEST_CASE("without --procs a second interrupt ends a test that does not listen") {
  const subject suite;
  program run(subject::command({"[.deaf]"}), suite.environment());
  suite.wait_for("waiting");
  run.signal(SIGINT);
  run.wait_for_output("another interrupt ends the process");
  wait_for_another_interrupt();
  run.signal(SIGINT);
  CHECK(run.wait().status == 128 + SIGINT);
}

TEST_CASE("without --procs too a forked child that comes back from its test ends there") {
  const subject suite;
  const auto ended = suite.run({"[.forks],[.places]", "--order", "decl"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(contains(ended.output, "All tests passed"));
  int ran = 0;
  for (const std::string& what : suite.notes()) ran += what.find("test in ") == 0 ? 1 : 0;
  CHECK(ran == 1);
}

TEST_CASE("a filter that selects nothing is an error of its own") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "[no such tag]"});
  CHECK(ended.status == 3);
  CHECK(ended.output == "apart: no test is selected\n");
}

TEST_CASE("a --procs that makes no sense is refused before anything runs") {
  const std::string value = GENERATE("0", "-1", "x", "100000");
  const subject suite;
  const auto ended = suite.run({"--procs=" + value, "[good]"});
  CHECK(ended.status == 2);
  CHECK(ended.output == "apart: --procs=" + value + ": wants a number from 1 to 1024, or auto\n");
  CHECK(suite.journal().empty());
}

TEST_CASE("a reporter that describes one process is refused with --procs") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "-r", "xml", "[good]"});
  CHECK(ended.status == 2);
  CHECK(contains(ended.output, "apart: --procs: the reporter \"xml\""));
}

TEST_CASE("tests are listed by the framework, and nothing is set up") {
  const subject suite;
  const auto plain = suite.run({"--list-tests", "[.server]"});
  const auto with_procs = suite.run({"--procs=4", "--list-tests", "[.server]"});
  CHECK(plain.output == with_procs.output);
  CHECK(plain.status == with_procs.status);
  CHECK(suite.journal().empty());
}

TEST_CASE("a runner's premature exit file goes with the end of the tests, and stays where they did not come to it") {
  const subject suite;
  const std::filesystem::path file = suite.tmp() / "exit";
  auto environment = suite.environment();
  environment.push_back("TEST_PREMATURE_EXIT_FILE=" + file.string());
  const auto status_of = [&](std::vector<std::string> arguments) {
    return run_program(subject::command(std::move(arguments)), environment).status;
  };
  CHECK(status_of({"leaves with _exit(0)"}) == 0);
  CHECK(std::filesystem::exists(file));
  CHECK(status_of({"[good]"}) == 0);
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK(status_of({"[.fails]"}) != 0);
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK(status_of({"[.exits]"}) == 0);
  CHECK(std::filesystem::exists(file));
  CHECK(status_of({"--procs=2", "[.leaves]"}) == 1);
  CHECK_FALSE(std::filesystem::exists(file));

  environment.back() = "TEST_PREMATURE_EXIT_FILE=" + (suite.tmp() / "absent" / "exit").string();
  const auto refused = run_program(subject::command({"[good]"}), environment);
  CHECK(refused.status == 2);
  CHECK(contains(refused.output, "apart: TEST_PREMATURE_EXIT_FILE='"));
}

TEST_CASE("without the launcher a serial test is alone among the processes of its run") {
  const subject suite;
  std::vector<std::string> environment = suite.environment();
  environment.insert(environment.end(), {"APART_RUN_ID=run", "APART_TEST_PROCESS"});
  program serial(subject::command({"holds the run for itself until it is told"}), environment);
  serial.wait_for_output("it holds the run");
  program other(subject::command({"shares the run"}), environment);
  suite.wait_for_lock_waiter();
  CHECK(suite.journal().count("shared the run") == 0);
  serial.tell("");
  CHECK(serial.wait().status == 0);
  CHECK(other.wait().status == 0);
  CHECK(suite.journal().count("let the run go") == 1);
  CHECK(suite.journal().count("shared the run") == 1);
  CHECK(suite.files_left().empty());
}

TEST_CASE("a suite that a test runs does not wait for that test") {
  const subject suite;
  std::vector<std::string> environment = suite.environment();
  environment.insert(environment.end(), {"APART_RUN_ID=run", "APART_TEST_PROCESS=1"});
  program serial(subject::command({"holds the run for itself until it is told"}), environment);
  serial.wait_for_output("it holds the run");
  program inner(subject::command({"shares the run"}), environment);
  CHECK(inner.wait().status == 0);
  serial.tell("");
  CHECK(serial.wait().status == 0);
}

TEST_CASE("CTest sees a skip where all that ran was skipped, and never in as many failures as Catch2 says skipped by") {
  const subject suite;
  CHECK(suite.run({"--ctest=run", "passing test 1"}).status == 0);
  const int failed = suite.run({"--ctest=run", "fails four times"}).status;
  CHECK(failed != 0);
  CHECK(failed != 77);
  const auto skipped = suite.run({"--ctest=run", "skips itself"});
  CAPTURE(skipped.output);
#ifdef SKIP
  CHECK(skipped.status == 77);
  CHECK(suite.run({"skips itself"}).status == 4);
#endif
}
