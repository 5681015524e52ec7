#include <string>

#include "catch.hpp"
#include "support/subject.hpp"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

TEST_CASE("a test that ends with its context has failed when it took longer than its limit") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--timeout=300ms", "[.late-end],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(suite.journal()["noticed: the test's time (APART_TIMEOUT or --timeout) is over"] == 1);
  CHECK(contains(ended.output, "FAILED: ends a while after its context (worker "));
  CHECK(contains(ended.output, "longer than --timeout=300 ms\n"));
  CHECK(contains(ended.output, "11 passed, 1 failed in "));
  check_good_tests_ran_once(suite);
}

TEST_CASE("a wait in a clean-up ends with the clean-ups' time") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "--timeout=300ms", "[.late-clean-up]"});
  CAPTURE(ended.output);
  CHECK(suite.journal()["noticed: the clean-ups' time (APART_TIMEOUT or --timeout) is over"] == 1);
}

TEST_CASE("a test whose wait its limit has ended has failed, each time") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "--timeout=20ms", "--repeat=50", "[.waits]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "50 of 50 rounds failed\n"));
}

TEST_CASE("a test that goes on after its limit prints its stack and is asked to end; all others run") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--timeout=300ms", "[.terminates],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(
      contains(ended.output, "still running, though its context ended at --timeout=300 ms: ends on SIGTERM (worker "));
  CHECK(contains(ended.output, "was killed by SIGTERM in this test, which had gone on after its --timeout"));
  const std::size_t test = ended.output.find("FAILED: ends on SIGTERM");
  CHECK(contains(ended.output.substr(test), "libc.so.6(pause"));
  CHECK(contains(ended.output.substr(test), " at "));
  CHECK(contains(ended.output.substr(test), "suite.cpp:"));
  CHECK(contains(ended.output, "11 passed, 1 failed in "));
  check_good_tests_ran_once(suite);
}

TEST_CASE("a test that does not even end then is killed") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "--timeout=200ms", "[.deaf],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "its process is killed"));
  CHECK(contains(ended.output, "was killed by SIGKILL in this test, which had gone on after its --timeout"));
  CHECK(contains(ended.output, "11 passed, 1 failed in "));
  CHECK(suite.files_left().empty());
}

TEST_CASE("without --timeout nothing ends a test, and --slow names it again and again") {
  const subject suite;
  program run(subject::command({"--procs=2", "--slow=50ms", "[.deaf]"}), suite.environment());
  const std::string naming = ": ignores the end of its context (worker 0)\n";
  run.wait_for_output(naming + "apart: still running after ");
  run.signal(SIGKILL);
  run.wait();
}

TEST_CASE("a body that runs once per section, and its clean-ups, have the whole limit each") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "--timeout=400ms", "[.parts]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);  // after six parts of 200 ms
  CHECK(contains(ended.output, "1 passed, 0 failed in "));
}

TEST_CASE("a test that a debugger follows when its time is over has no limit") {
  const subject suite;
  program run(subject::command({"--procs=1", "--timeout=200ms", "[.stopped]"}), suite.environment());
  suite.wait_for("may be stopped");
  const int test = *suite.processes_of("may be stopped").begin();
  REQUIRE(::ptrace(PTRACE_SEIZE, test, nullptr, nullptr) == 0);
  static_cast<void>(
      apart::context::background().sleep_for(std::chrono::milliseconds(1000)));  // > three times its limit
  REQUIRE(::ptrace(PTRACE_INTERRUPT, test, nullptr, nullptr) == 0);
  REQUIRE(::waitpid(test, nullptr, __WALL) == test);
  REQUIRE(::ptrace(PTRACE_DETACH, test, nullptr, nullptr) == 0);
  suite.tell_driver_id();
  const auto ended = run.wait();
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK_FALSE(contains(ended.output, "timeout"));
}

TEST_CASE("a time in which the run was stopped does not count") {
  const subject suite;
  program run(subject::command({"--procs=2", "--timeout=1s", "--run-timeout=1500ms", "[.stopped]"}),
              suite.environment());
  suite.wait_for("may be stopped");
  const int test = *suite.processes_of("may be stopped").begin();
  run.signal(SIGTSTP);
  wait_for_state(run.id(), 'T');
  wait_for_state(test, 'T');
  static_cast<void>(apart::context::background().sleep_for(std::chrono::milliseconds(2500)));
  run.signal(SIGCONT);
  suite.tell_driver_id();
  const auto ended = run.wait();
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK_FALSE(contains(ended.output, "timeout"));
}
