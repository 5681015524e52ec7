#include "catch.hpp"
#include "support/subject.hpp"

TEST_CASE("a program with a main of its own has this_test, and clean-ups that run once") {
  const auto ended = run_program({APART_SUBJECT, "--gtest_filter=*KnowsItsName"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(count_of(ended.output, "cleaned up\n") == 1);
}

TEST_CASE("the library knows that a test of GoogleTest has failed") {
  const auto ended = run_program({APART_SUBJECT, "--gtest_filter=*KnowsThatItHasFailed"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "knows that it has failed\n"));
}

TEST_CASE("where the process cannot be initialized each test fails with the reason, and no body runs") {
  const auto ended = run_program({APART_SUBJECT}, {"SUBJECT_BROKEN=1"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(count_of(ended.output, "initializer 'kinds'") >= 2);
  CHECK(contains(ended.output, "failed: no schema.json"));
  CHECK_FALSE(contains(ended.output, "cleaned up"));
  CHECK_FALSE(contains(ended.output, "know"));
}
