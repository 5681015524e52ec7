#include <apart/adapter/catch2.hpp>

#include <string>
#include <vector>

#include <apart/process/initializer.hpp>
#include <apart/test/this_test.hpp>

#include "catch.hpp"
#include "support/run_program.hpp"

namespace {

int initialized = 0;
apart::initializer counted("counted", [] { ++initialized; });
std::vector<std::string> cleaned_up;

}  // namespace

TEST_CASE("initializers have run before the first test, once") {
  CHECK(initialized == 1);
  SECTION("in each section too") { CHECK(initialized == 1); }
}

TEST_CASE("a clean-up runs after a failed assertion", "[!shouldfail]") {
  apart::this_test::on_cleanup([] { cleaned_up.push_back("assertion"); });
  REQUIRE(1 == 2);
}

TEST_CASE("a clean-up runs after an exception", "[!shouldfail]") {
  apart::this_test::on_cleanup([] { cleaned_up.push_back("exception"); });
  throw std::runtime_error("thrown on purpose");
}

TEST_CASE("a clean-up that throws fails a test that would have passed", "[!shouldfail]") {
  apart::this_test::on_cleanup([] { throw std::runtime_error("thrown on purpose"); });
  CHECK(true);
}

TEST_CASE("a clean-up may assert, and its failed assertion fails the test", "[!shouldfail]") {
  apart::this_test::on_cleanup([] { CHECK(1 == 2); });
}

TEST_CASE("(the clean-ups of the tests before)") {
  CHECK(cleaned_up == std::vector<std::string>{"assertion", "exception"});
}

TEST_CASE("the library knows whether the test has failed so far") {
  CHECK_FALSE(apart::detail::test_failed.load());
  CHECK(apart::detail::current_phase.load() == apart::detail::phase::test);
}

TEST_CASE("the library knows that the test has failed", "[!shouldfail]") {
  CHECK(1 == 2);
  if (!apart::detail::test_failed.load()) std::terminate();
}

TEST_CASE("why a process could not be initialized is said before a body crashes for it") {
  const auto ended = run_program({APART_OWN_MAIN});
  CAPTURE(ended.output);
  CHECK(ended.status != 0);
  const std::size_t said = ended.output.find("apart: initializer 'kinds'");
  CHECK(said != std::string::npos);
  CHECK(ended.output.find("failed: no schema.json", said) != std::string::npos);
  CHECK(said < ended.output.find("SIGSEGV"));
}

TEST_CASE("a program with a main of its own has clean-ups, run once, by the adapter alone") {
  const auto ended = run_program({APART_OWN_MAIN, "has a clean-up"});
  CAPTURE(ended.output);
  CHECK(count_of(ended.output, "cleaned up\n") == 1);
  CHECK(count_of(ended.output, "apart: initializer 'kinds'") == 1);
}

TEST_CASE("generated cases are tests of their own to clean-ups") {
  static int ran = 0;
  const int number = GENERATE(0, 1, 2);
  CHECK(ran == number);
  apart::this_test::on_cleanup([] { ++ran; });
}
