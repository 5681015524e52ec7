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
