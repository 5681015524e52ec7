#include <string>
#include <vector>

#include "catch.hpp"
#include "support/subject.hpp"

TEST_CASE("what passed tests print is shown with --verbose only") {
  const subject suite;
  CHECK_FALSE(contains(suite.run({"--procs=2", "[good]"}).output, "output of passing test"));
  CHECK(count_of(suite.run({"--procs=2", "--verbose", "[good]"}).output, "output of passing test") == 8);
}

TEST_CASE("a failed test fails the run, and its output stands in one piece under its name") {
  const subject suite;
  const auto ended = suite.run({"--procs=4", "[good],[.fails]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(ended.output, "11 passed, 2 failed in "));
  CHECK(contains(ended.output, "printed before the failure"));
  CHECK(contains(ended.output, "1 == 2"));
  CHECK(contains(ended.output, "thrown by the test"));
  check_good_tests_ran_once(suite);
}
