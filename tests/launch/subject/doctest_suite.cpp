// The suite of doctest that the tests of launch/doctest_main run in many ways. What misbehaves is asked for by the driver's
// mode, or by a filter.

#include <apart/adapter/test_tag.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include <apart/context/context.hpp>
#include <apart/process/initializer.hpp>
#include <apart/run/per_run.hpp>
#include <apart/test/this_test.hpp>

#include <doctest/doctest.h>

#include "launch/subject/server.hpp"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

/// What users make global fixtures of.
struct listener : doctest::IReporter {
  explicit listener(const doctest::ContextOptions&) { note("listener made"); }
  void test_run_start() override { note("run starts"); }
  void test_run_end(const doctest::TestRunStats&) override { note("run ends"); }
  void report_query(const doctest::QueryData&) override {}
  void test_case_start(const doctest::TestCaseData&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}
};
REGISTER_LISTENER("of the suite", 1, listener);

}  // namespace

// The good ones: ten that run.

TEST_SUITE("good") {
  TEST_CASE("knows its name") {
    CHECK(name() == "good/knows its name");
    note_ran();
    std::printf("printed by a passing test\n");
  }
  TEST_CASE("a name: with, \"quotes\", *, [brackets] and \\") { note_ran(); }
  TEST_CASE("\xc3\xa4\xc3\xb6\xc3\xbc") { note_ran(); }
  TEST_CASE("twice the same name") { note_ran(); }
  TEST_CASE("twice the same name") { note_ran(); }

  TEST_CASE("has subcases") {
    apart::this_test::on_cleanup([] { note("cleaned up after a leaf"); });
    note("body of subcases");
    SUBCASE("one") { note("leaf one"); }
    SUBCASE("two") {
      SUBCASE("a") { note("leaf two a"); }
      SUBCASE("b") { note("leaf two b"); }
    }
  }

  TEST_CASE_TEMPLATE("of types", T, int, char) { note_ran(); }

  TEST_CASE("fails as it should" * doctest::should_fail()) {
    note_ran();
    CHECK(1 == 2);
  }
  TEST_CASE("is skipped" * doctest::skip()) { note_ran(); }

  TEST_CASE("uses the server") {
    CHECK(*server == "address");
    note_ran();
  }
}

namespace {
struct fixture {
  ~fixture() { note("fixture is gone"); }
};
}  // namespace
TEST_CASE_FIXTURE(fixture, "clean-ups run when the fixture is gone") {
  apart::this_test::on_cleanup([] { note("clean-up"); });
}

static const apart::test_tag alone("serial/*", "serial");
TEST_SUITE("serial") {
  TEST_CASE("one") { note_ran(); }
  TEST_CASE("two") { note_ran(); }
}

// Those that are asked for.

TEST_SUITE("fails") {
  TEST_CASE("once") {
    std::printf("printed before the failure\n");
    CHECK(1 == 2);
  }
  TEST_CASE("by an exception, and cleans up") {
    apart::this_test::on_cleanup(
        [] { note(apart::detail::test_failed.load() ? "cleaned up a failure" : "cleaned up"); });
    throw std::runtime_error("thrown by the test");
  }
  TEST_CASE("by a requirement, and cleans up") {
    apart::this_test::on_cleanup(
        [] { note(apart::detail::test_failed.load() ? "cleaned up a failure" : "cleaned up"); });
    REQUIRE(1 == 2);
  }
  TEST_CASE("by its clean-up") {
    apart::this_test::on_cleanup([] { throw std::runtime_error("the clean-up is broken"); });
  }
}

TEST_SUITE("dies") {
  TEST_CASE("before that") { note_ran(); }
  TEST_CASE("with exit 0") { ::_exit(0); }
  TEST_CASE("with abort") { std::abort(); }
  TEST_CASE("killed") { ::raise(SIGKILL); }
  TEST_CASE("behind that") { note_ran(); }
}

TEST_SUITE("forks") {
  TEST_CASE("and the child comes back") {
    const pid_t child = ::fork();
    if (child == 0) {
      CHECK(1 == 2);
      return;
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WEXITSTATUS(status) == 1);
    note_ran();
  }
  TEST_CASE("and this one runs once") { note_ran(); }
}

TEST_SUITE("waits") {
  TEST_CASE("for the end of its context") {
    apart::this_test::on_cleanup([] { note("cleaned up after: " + apart::context::process().cause()); });
    note("waiting");
    apart::this_test::ctx().wait();
  }
  TEST_CASE("too") { note_ran(); }
}

static const apart::test_tag one_at_once("grouped/*", "group:table:1");
static void use_the_table() {
  note("in the group");
  for (int i = 0; i < 1000; ++i) ::sched_yield();
  note("out of the group");
}
TEST_SUITE("grouped") {
  TEST_CASE("one") { use_the_table(); }
  TEST_CASE("two") { use_the_table(); }
  TEST_CASE("three") { use_the_table(); }
}
