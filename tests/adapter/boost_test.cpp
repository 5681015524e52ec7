#include <string>
#include <vector>

#include "catch.hpp"
#include "support/sanitizer.hpp"
#include "support/subject.hpp"

TEST_CASE("a program with a main of its own has this_test, and clean-ups that run once, in each of its runs") {
  const bool twice = GENERATE(false, true);
  std::vector<std::string> environment;
  if (twice) environment.emplace_back("SUBJECT_TWICE=1");
  const auto ended = run_program({APART_SUBJECT, "--run_test=of_the_adapter/knows_its_name"}, environment);
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(count_of(ended.output, "cleaned up\n") == (twice ? 2 : 1));
}

TEST_CASE("the library knows that a test of Boost.Test has failed, and that a warning is no failure") {
  const auto ended = run_program({APART_SUBJECT, "--run_test=of_the_adapter/knows_that_it_has_failed"});
  CAPTURE(ended.output);
  CHECK(ended.status != 0);
  CHECK(contains(ended.output, "knows that it has not failed yet\n"));
  CHECK(contains(ended.output, "knows that it has failed\n"));
}

TEST_CASE("where the process cannot be initialized each test fails with the reason, and no body runs") {
  const auto ended = run_program({APART_SUBJECT, "--color_output=no"}, {"SUBJECT_BROKEN=1"});
  CAPTURE(ended.output);
  CHECK(ended.status != 0);
  for (const char* test : {"knows_its_name", "knows_that_it_has_failed", "fails_as_it_should"}) {
    CHECK(contains(ended.output,
                   "apart(0): error: in \"of_the_adapter/" + std::string(test) + "\": initializer 'kinds'"));
  }
  CHECK(count_of(ended.output, "failed: no schema.json") == 3);
  CHECK_FALSE(contains(ended.output, "cleaned up"));
  CHECK_FALSE(contains(ended.output, "check 1 == 2"));
  CHECK_FALSE(contains(ended.output, "does not know"));
  CHECK(run_program({APART_SUBJECT, "--run_test=of_the_adapter/fails_as_it_should"}, {"SUBJECT_BROKEN=1"}).status != 0);
  CHECK(run_program({APART_SUBJECT, "--run_test=of_the_adapter/fails_as_it_should"}).status == 0);
}

TEST_CASE("a body that a signal has left runs its clean-ups, and the next test has its own",
          support::outlives_signals) {
  const auto ended =
      run_program({APART_SUBJECT, "--run_test=of_the_adapter/is_left_by_a_signal,and_the_next_has_its_own_clean_ups"});
  CAPTURE(ended.output);
  CHECK(ended.status != 0);
  CHECK(count_of(ended.output, "cleaned up behind the signal\n") == 1);
  CHECK(count_of(ended.output, "cleaned up\n") == 1);
  CHECK(count_of(ended.output, "error: in") == 1);
  const auto alone = run_program({APART_SUBJECT, "--run_test=of_the_adapter/is_left_by_a_signal"});
  CHECK(count_of(alone.output, "cleaned up behind the signal\n") == 1);
}

TEST_CASE("a test in a suite with the label serial is alone in its run") {
  const subject run;
  std::vector<std::string> environment = run.environment();
  environment.emplace_back("APART_RUN_ID=boost-test-adapter");
  environment.emplace_back("APART_TEST_PROCESS");  // which is not there
  program serial({APART_SUBJECT, "--run_test=alone/begins_and_ends"}, environment);
  run.wait_for("serial begins");
  program other({APART_SUBJECT, "--run_test=any_other"}, environment);
  CHECK(other.wait().status == 0);
  CHECK(serial.wait().status == 0);
  CHECK(run.notes() == std::vector<std::string>{"serial begins", "serial ends", "other"});
}
