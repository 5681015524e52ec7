#include <apart/launch/console.hpp>

#include <chrono>
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

#if !defined(_WIN32)  // there is no script(1)
namespace {

/// The suite on a terminal of its own (script(1)).
program::result run_on_terminal(const subject& suite, const std::string& arguments,
                                const std::vector<std::string>& more_variables = {}) {
  auto environment = suite.environment();
  environment.insert(environment.end(), {"TERM=xterm", "CI", "NO_COLOR"});
  environment.insert(environment.end(), more_variables.begin(), more_variables.end());
  const std::string command = subject::command({}).front() + " " + arguments;
  return run_program({"/usr/bin/script", "--quiet", "--return", "--command", command, "/dev/null"}, environment);
}

}  // namespace

TEST_CASE("on a terminal a line shows what runs and how far the run is, and goes before anything else is said") {
  const subject suite;
  const auto ended = run_on_terminal(suite, "--procs=1 --timeout=2s '[.late-end],[good],[.fails]'");
  CAPTURE(ended.output);
  CHECK(contains(ended.output, "\r\x1b[K0/14"));
  CHECK(count_of(ended.output, "\r\x1b[K11/14, 2 failed: ends a while after its context (") >= 1);
  CHECK(contains(ended.output, "\r\x1b[K\x1b[31mFAILED\x1b[0m: fails (worker 0"));
  CHECK(contains(ended.output, "\x1b[32m11 passed\x1b[0m, \x1b[31m3 failed\x1b[0m in "));
}

TEST_CASE("no line where CI or a dumb TERM says so, and no colours where NO_COLOR does") {
  const subject suite;
  for (const std::string variable : {"CI=true", "TERM=dumb"}) {
    const auto plain = run_on_terminal(suite, "--procs=2 '[good],[.fails]'", {variable});
    CHECK_FALSE(contains(plain.output, "\x1b["));
    CHECK(contains(plain.output, "FAILED: fails (worker "));
  }
  const auto uncoloured = run_on_terminal(suite, "--procs=2 '[good],[.fails]'", {"NO_COLOR=1"});
  CHECK(contains(uncoloured.output, "\r\x1b[K"));
  CHECK_FALSE(contains(uncoloured.output, "\x1b[3"));
}

#endif

TEST_CASE("elsewhere nothing of the terminal's is printed, and a plain line says every ten seconds how far it is") {
  const subject suite;
  CHECK_FALSE(contains(suite.run({"--procs=2", "[good],[.fails]"}).output, "\x1b"));

  apart::console out(false);
  REQUIRE_FALSE(out.live());
  const apart::console::moment begin{std::chrono::hours(1)};
  out.begin(begin);
  CHECK(out.next_progress() == begin + std::chrono::seconds(10));
}
