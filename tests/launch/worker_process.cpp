#include <string>
#include <vector>

#include "catch.hpp"
#include "support/subject.hpp"

TEST_CASE("an initializer that throws fails every test with its text, and none of them runs") {
  const subject suite("initializer throws");
  const auto ended = suite.run({"--procs=2", "[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(contains(subject::unwrapped(ended.output), "0 passed, 11 failed"));
  CHECK(count_of(subject::unwrapped(ended.output), "the registry is broken") == 11);
  CHECK(suite.journal().count("ran passing test 1") == 0);
}

TEST_CASE("without the launcher too, an initializer that throws fails every test with its text") {
  const subject suite("initializer throws");
  for (const char* const reporter : {"console", "compact", "xml"}) {
    const auto ended = suite.run({"-r", reporter, "[good]"});
    CAPTURE(reporter, ended.output);
    CHECK(ended.status > 0);
    CHECK(ended.status < 128);
    CHECK(count_of(subject::unwrapped(ended.output), "the registry is broken") == 11);
  }
}

TEST_CASE("no body runs in a process that could not be initialized, so that none can crash for it") {
  const subject suite("initializer throws");
  for (const auto& arguments : {std::vector<std::string>{"[.segfaults],[good]"},
                                std::vector<std::string>{"--procs=2", "[.segfaults],[good]"}}) {
    const auto ended = suite.run(arguments);
    CAPTURE(ended.output);
    CHECK(ended.status > 0);
    CHECK(ended.status < 128);
    CHECK(count_of(subject::unwrapped(ended.output), "the registry is broken") == 12);
    CHECK_FALSE(contains(ended.output, "SIGSEGV"));
    CHECK(suite.journal().count("ran passing test 1") == 0);
  }
}

TEST_CASE("a time limit that is none fails every test with its text, before the body, where no launcher refuses it") {
  const subject suite;
  auto environment = suite.environment();
  environment.push_back("APART_TIMEOUT=x");
  const auto ended = run_program(subject::command({"[.waits],[good]"}), environment);
  CAPTURE(ended.output);
  CHECK(ended.status > 0);
  CHECK(count_of(subject::unwrapped(ended.output), "APART_TIMEOUT=x: wants a duration") == 12);
  CHECK_FALSE(contains(subject::unwrapped(ended.output), "while no test runs"));
  CHECK(suite.journal().count("ran passing test 1") == 0);
}

TEST_CASE("a process that could not be initialized has failed, also where all its tests should fail") {
  const subject suite("initializer throws");
  CHECK(suite.run({"[.should-fail]"}).status == 1);
  CHECK(suite.run({"--procs=1", "[.should-fail]"}).status == 1);
  CHECK(subject().run({"[.should-fail]"}).status == 0);
}

TEST_CASE("what a static object has built outlives it, with the launcher and without") {
  const subject suite("static user");
  for (const auto& arguments :
       {std::vector<std::string>{"--procs=2", "[good],[.server]"}, std::vector<std::string>{"[good],[.server]"}}) {
    const auto ended = suite.run(arguments);
    CAPTURE(ended.output);
    CHECK(ended.status == 0);
  }
  CHECK(suite.journal()["closed 1"] >= 2);
}

TEST_CASE("a forked child that comes back from its test runs nothing more and says nothing to the launcher") {
  const subject suite;
  const auto ended = suite.run({"--procs=1", "[.forks],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  check_good_tests_ran_once(suite);
}

TEST_CASE("a clean-up that throws fails its test, and the others run") {
  const subject suite;
  for (const auto& arguments :
       {std::vector<std::string>{"--procs=2", "[.clean-up]"}, std::vector<std::string>{"[.clean-up]"}}) {
    const auto ended = suite.run(arguments);
    CHECK(ended.status != 0);
    CHECK(contains(ended.output, "a clean-up failed: the clean-up is broken"));
  }
  CHECK(suite.journal()["the first registered"] == 2);
}
