#include <apart/launch/worker_process.hpp>

#include <string>
#include <vector>

#include "catch.hpp"
#include "support/subject.hpp"

TEST_CASE(
    "an initializer that throws fails every test with its text, and none of them runs, with the launcher or not") {
  const subject suite("initializer throws");
  for (const auto& arguments : {std::vector<std::string>{"--procs=2", "[good]"}, std::vector<std::string>{"[good]"}}) {
    const auto ended = suite.run(arguments);
    CAPTURE(ended.output);
    CHECK(ended.status > 0);
    CHECK(count_of(subject::unwrapped(ended.output), "the registry is broken") == 11);
    CHECK(suite.journal().count("ran passing test 1") == 0);
  }
}
