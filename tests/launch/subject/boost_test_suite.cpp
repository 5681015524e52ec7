// The suite of Boost.Test that the tests of launch/boost_test_main run in many ways. What misbehaves is asked for by the
// driver's mode, or by a filter.

#define BOOST_TEST_MODULE the module
#include <apart/launch/boost_test_main.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <tuple>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <apart/context/context.hpp>
#include <apart/process/initializer.hpp>
#include <apart/run/per_run.hpp>
#include <apart/test/this_test.hpp>

#include "launch/subject/server.hpp"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace unit_test = boost::unit_test;
namespace data = boost::unit_test::data;

namespace {

bool global_fixture_is_there = false;

struct global_fixture {
  void setup() {
    note("global set up");
    if (driver_asks_for("global fixture throws")) throw std::runtime_error("no server answers");
    if (driver_asks_for("global fixture fails")) BOOST_FAIL("no server at all");
    global_fixture_is_there = true;
  }
  void teardown() {
    global_fixture_is_there = false;
    note("global torn down");
    BOOST_TEST(!driver_asks_for("global fixture does not stop"), "the server goes on");
  }
};
BOOST_TEST_GLOBAL_FIXTURE(global_fixture);

struct configuration {
  configuration() {
    note("configured");
    if (driver_asks_for("configuration throws")) throw std::runtime_error("no configuration");
  }
  ~configuration() { note("configuration is gone"); }
};
BOOST_TEST_GLOBAL_CONFIGURATION(configuration);

void by_hand() { note_ran(); }

bool add_by_hand() {
  note("init function");
  if (driver_asks_for("init function fails")) return false;
  auto* const suite = BOOST_TEST_SUITE("good by hand");
  suite->add(
      unit_test::make_test_case(&by_hand, "a name: with, \"quotes\", *, [brackets], ! and \\", __FILE__, __LINE__));
  suite->add(unit_test::make_test_case(&by_hand, "\xc3\xa4\xc3\xb6\xc3\xbc", __FILE__, __LINE__));
  unit_test::framework::master_test_suite().add(suite);
  return true;
}

}  // namespace

int main(int argc, char** argv) { return apart::boost_test_main(argc, argv, add_by_hand); }

// The good ones: thirteen that run, with those by hand, and one that is skipped.

BOOST_AUTO_TEST_SUITE(good)

BOOST_AUTO_TEST_CASE(knows_its_name) {
  BOOST_TEST(name() == "good/knows_its_name");
  BOOST_TEST(global_fixture_is_there);
  note_ran();
  std::printf("printed by a passing test\n");
}

#define LONG_NAME \
  a_name_that_is_longer_than_any_line_and_goes_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_to_its_end
BOOST_AUTO_TEST_CASE(LONG_NAME) { note_ran(); }

BOOST_DATA_TEST_CASE(with_data, data::xrange(3)) {
  BOOST_TEST(sample < 3);
  note_ran();
}

using two_types = std::tuple<int, char>;
BOOST_AUTO_TEST_CASE_TEMPLATE(of_types, T, two_types) { note_ran(); }

BOOST_AUTO_TEST_CASE(fails_as_it_should, *unit_test::expected_failures(1)) {
  note_ran();
  BOOST_CHECK(1 == 2);
}

BOOST_AUTO_TEST_CASE(is_disabled, *unit_test::disabled()) { note_ran(); }

BOOST_AUTO_TEST_CASE(has_a_precondition, *unit_test::precondition([](unit_test::test_unit_id) {
                       boost::test_tools::assertion_result no(false);
                       no.message() << "no server here";
                       return no;
                     })) {
  note_ran();
}

BOOST_AUTO_TEST_SUITE(inner)
BOOST_AUTO_TEST_CASE(of_two_suites) {
  BOOST_TEST(name() == "good/inner/of_two_suites");
  note_ran();
}
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(uses_the_server) {
  BOOST_TEST(*server == "address");
  note_ran();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(good_of_no_suite) { note_ran(); }
BOOST_AUTO_TEST_CASE(disabled_of_no_suite, *unit_test::disabled()) { note_ran(); }

// Suites with fixtures.

#define NOTED(suite) *unit_test::fixture([] { note("set up " #suite); }, [] { note("torn down " #suite); })
#define SUITE(suite)                          \
  BOOST_AUTO_TEST_SUITE(suite, NOTED(suite))  \
  BOOST_AUTO_TEST_CASE(one) { note_ran(); }   \
  BOOST_AUTO_TEST_CASE(two) { note_ran(); }   \
  BOOST_AUTO_TEST_CASE(three) { note_ran(); } \
  BOOST_AUTO_TEST_SUITE_END()
SUITE(table_a)
SUITE(table_b)
SUITE(table_c)
SUITE(table_d)

BOOST_AUTO_TEST_SUITE(outer, NOTED(outer))
BOOST_AUTO_TEST_CASE(before) { note_ran(); }
SUITE(nested)
BOOST_AUTO_TEST_CASE(behind) { note_ran(); }
BOOST_AUTO_TEST_SUITE_END()

namespace {
struct fixture {
  fixture() { note("fixture"); }
  ~fixture() { note("fixture is gone"); }
};
struct around {
  around() { note("decorator's fixture"); }
  ~around() { note("decorator's fixture is gone"); }
};
}  // namespace
BOOST_FIXTURE_TEST_CASE(clean_ups, fixture, *unit_test::fixture<around>()) {
  apart::this_test::on_cleanup([] { note("clean-up 1"); });
  apart::this_test::on_cleanup([] { note("clean-up 2"); });
}

BOOST_AUTO_TEST_SUITE(alone, *unit_test::label("serial"))
BOOST_AUTO_TEST_CASE(one) { note_ran(); }
BOOST_AUTO_TEST_CASE(two) { note_ran(); }
BOOST_AUTO_TEST_SUITE_END()

static void use_the_table() {
  note("in the group");
  for (int i = 0; i < 1000; ++i) ::sched_yield();
  note("out of the group");
}
BOOST_AUTO_TEST_SUITE(grouped, *unit_test::label("group:table:1"))
BOOST_AUTO_TEST_CASE(one) { use_the_table(); }
BOOST_AUTO_TEST_CASE(two) { use_the_table(); }
BOOST_AUTO_TEST_CASE(three) { use_the_table(); }
BOOST_AUTO_TEST_SUITE_END()

// Tests that depend on others.

namespace {
int steps = 0;
}  // namespace
BOOST_AUTO_TEST_SUITE(chain)
BOOST_AUTO_TEST_CASE(third, *unit_test::depends_on("chain/second")) { BOOST_TEST(++steps == 3); }
BOOST_AUTO_TEST_CASE(of_nobody) { note_ran(); }
BOOST_AUTO_TEST_CASE(first) { BOOST_TEST(++steps == 1); }
BOOST_AUTO_TEST_CASE(second, *unit_test::depends_on("chain/first")) { BOOST_TEST(++steps == 2); }
BOOST_AUTO_TEST_CASE(of_nobody_either) { note_ran(); }
BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE(chain_of_a_suite, *unit_test::depends_on("chain"))
BOOST_AUTO_TEST_CASE(one) {
  BOOST_TEST(steps == 3);
  note_ran();
}
BOOST_AUTO_TEST_CASE(two) { BOOST_TEST(steps == 3); }
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(chain_breaks)
BOOST_AUTO_TEST_CASE(here) { BOOST_TEST(1 == 2); }
BOOST_AUTO_TEST_CASE(not_run, *unit_test::depends_on("chain_breaks/here")) { note_ran(); }
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(chain_dies)
BOOST_AUTO_TEST_CASE(first) { note_ran(); }
BOOST_AUTO_TEST_CASE(here, *unit_test::depends_on("chain_dies/first")) { ::raise(SIGKILL); }
BOOST_AUTO_TEST_CASE(not_run, *unit_test::depends_on("chain_dies/first")) { note_ran(); }
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(chain_in_a_group, *unit_test::label("group:table:1"))
BOOST_AUTO_TEST_CASE(first) { use_the_table(); }
BOOST_AUTO_TEST_CASE(second, *unit_test::depends_on("chain_in_a_group/first")) { use_the_table(); }
BOOST_AUTO_TEST_SUITE_END()

// Those that are asked for.

BOOST_AUTO_TEST_SUITE(fails)

BOOST_AUTO_TEST_CASE(once) {
  std::printf("printed before the failure\n");
  BOOST_TEST(1 == 2);
}
BOOST_AUTO_TEST_CASE(by_an_exception_and_cleans_up) {
  apart::this_test::on_cleanup([] { note(apart::detail::test_failed.load() ? "cleaned up a failure" : "cleaned up"); });
  throw std::runtime_error("thrown by the test");
}
BOOST_AUTO_TEST_CASE(by_a_requirement_and_cleans_up) {
  apart::this_test::on_cleanup([] { note(apart::detail::test_failed.load() ? "cleaned up a failure" : "cleaned up"); });
  BOOST_TEST_REQUIRE(1 == 2);
}
BOOST_AUTO_TEST_CASE(by_its_clean_up, *unit_test::expected_failures(1)) {
  apart::this_test::on_cleanup([] { throw std::runtime_error("the clean-up is broken"); });
}
BOOST_AUTO_TEST_CASE(by_its_own_fixture,
                     *unit_test::fixture([] { throw std::runtime_error("the fixture is broken"); })) {
  note_ran();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dies)
BOOST_AUTO_TEST_CASE(before_that) { note_ran(); }
BOOST_AUTO_TEST_CASE(with_exit_0) { ::_exit(0); }
BOOST_AUTO_TEST_CASE(with_abort) { std::abort(); }
BOOST_AUTO_TEST_CASE(with_a_bad_access) { ::raise(SIGSEGV); }
BOOST_AUTO_TEST_CASE(killed) { ::raise(SIGKILL); }
BOOST_AUTO_TEST_CASE(behind_that) { note_ran(); }
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(set_up_throws, *unit_test::fixture([] { throw std::runtime_error("the suite has no table"); }))
BOOST_AUTO_TEST_CASE(one) { note_ran(); }
BOOST_AUTO_TEST_SUITE(inner)
BOOST_AUTO_TEST_CASE(two) { note_ran(); }
BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(set_up_fails, *unit_test::fixture([] { BOOST_ERROR("the table has no row"); }))
BOOST_AUTO_TEST_CASE(one) { note_ran(); }
BOOST_AUTO_TEST_CASE(two) { note_ran(); }
BOOST_AUTO_TEST_SUITE_END()

#define TORN_DOWN(how) *unit_test::fixture([] {}, [] { how; })
BOOST_AUTO_TEST_SUITE(tear_down_fails, TORN_DOWN(BOOST_ERROR("the table is still there")))
BOOST_AUTO_TEST_CASE(one) {}
BOOST_AUTO_TEST_CASE(two) {}
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(tear_down_dies, TORN_DOWN(std::abort()))
BOOST_AUTO_TEST_CASE(one) {}
BOOST_AUTO_TEST_CASE(two) {}
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(has_no_server, *unit_test::precondition([](unit_test::test_unit_id) { return false; }))
BOOST_AUTO_TEST_CASE(one) { note_ran(); }
BOOST_AUTO_TEST_CASE(two) { note_ran(); }
BOOST_AUTO_TEST_SUITE_END()

static void sleep_in_vain(std::chrono::milliseconds time = std::chrono::seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) ::sched_yield();
}
BOOST_AUTO_TEST_SUITE(takes_long)
BOOST_AUTO_TEST_CASE(and_is_ended, *unit_test::timeout(1)) {
  apart::this_test::on_cleanup([] { note("cleaned up after a timeout"); });
  sleep_in_vain();
}
BOOST_AUTO_TEST_CASE(and_this_runs) { BOOST_TEST(name() == "takes_long/and_this_runs"); }
BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE(takes_long_as_a_suite, *unit_test::timeout(1))
BOOST_AUTO_TEST_CASE(one) { sleep_in_vain(); }
BOOST_AUTO_TEST_CASE(two) { note_ran(); }
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(takes_long_in_the_end, *unit_test::timeout(1))  // an alarm has whole seconds
BOOST_AUTO_TEST_CASE(one) { sleep_in_vain(std::chrono::milliseconds(700)); }
BOOST_AUTO_TEST_CASE(two) { sleep_in_vain(std::chrono::milliseconds(700)); }
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(forks)
BOOST_AUTO_TEST_CASE(and_the_child_comes_back) {
  const pid_t child = ::fork();
  if (child == 0) {
    BOOST_TEST(1 == 2);
    return;
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_TEST(WEXITSTATUS(status) == 1);
  note_ran();
}
BOOST_AUTO_TEST_CASE(and_this_one_runs_once) { note_ran(); }
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(waits)
BOOST_AUTO_TEST_CASE(for_the_end_of_its_context) {
  apart::this_test::on_cleanup([] { note("cleaned up after: " + apart::context::process().cause()); });
  note("waiting");
  apart::this_test::ctx().wait();
}
BOOST_AUTO_TEST_CASE(too) { note_ran(); }
BOOST_AUTO_TEST_SUITE_END()
