#include <string>
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

TEST_CASE("a filter that selects nothing is an error of its own, and so is a --procs that makes no sense") {
  const subject suite;
  const auto none = suite.run({"--procs=2", "[no such tag]"});
  CHECK(none.status == 3);
  CHECK(none.output == "apart: no test is selected\n");
  const auto refused = suite.run({"--procs=x", "[good]"});
  CHECK(refused.status == 2);
  CHECK(refused.output == "apart: --procs=x: wants a number from 1 to 1024, or auto\n");
}

TEST_CASE("what Windows has not is refused by one line before anything runs") {
  const subject suite;
  for (const auto& [argument, named] : std::vector<std::pair<std::string, std::string>>{
           {"--own-network", "--own-network"}, {"--own-tmp", "--own-tmp"}, {"--own-path=.", "--own-path"}}) {
    const auto ended = suite.run({"--procs=2", argument, "[good]"});
    CHECK(ended.status == 2);
    CHECK(ended.output == "apart: " + named + ": Windows has no namespaces, which it is made of elsewhere\n");
  }
  const auto links = suite.run({"--procs=2", "--own-directory", "--link=data", "[good]"});
  CHECK(links.status == 2);
  CHECK(links.output == "apart: --link: on Windows links take a privilege; --copy brings in what tests read, too\n");
  auto environment = suite.environment();
  environment.push_back("APART_OWN_TMP=1");
  const auto variable = run_program(subject::command({"--procs=2", "[good]"}), environment);
  CHECK(variable.status == 2);
  CHECK(variable.output == "apart: APART_OWN_TMP: Windows has no namespaces, which it is made of elsewhere\n");
  for (const std::string order : {"open", "close"}) {
    const auto fixture = suite.run({"--ctest=" + order});
    CHECK(fixture.status == 1);
    CHECK(fixture.output ==
          "apart: --ctest=" + order + ": on Windows there is no fixture; tests without it share their set-ups\n");
  }
  CHECK(suite.journal().empty());
}

TEST_CASE("a directory of one's own for each test") {
  const subject suite;
  const auto ended = suite.run({"--procs=2", "--own-directory", "[.own],[good]"});
  CAPTURE(ended.output);
  CHECK(ended.status == 0);
  CHECK(suite.journal()["wrote in cwd"] == 1);
  CHECK(suite.files_left().empty());
}

TEST_CASE("for CTest, tests have no fixture, also where the program has set-ups") {
  const subject suite;
  const auto listed = suite.run({"--ctest=list:mine.", "[.server]"});
  CAPTURE(listed.output);
  CHECK(listed.status == 0);
  CHECK(contains(listed.output, "add_test([=[mine.asks for the server]=] ${apart_command} --ctest=run"));
  CHECK_FALSE(contains(listed.output, "apart_fixture"));
}
