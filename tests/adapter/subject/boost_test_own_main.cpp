// A program of Boost.Test that has a main of its own and the adapter. Its process cannot be initialized where the
// environment says so.

#define BOOST_TEST_NO_MAIN
#define BOOST_TEST_ALTERNATIVE_INIT_API
#if !defined(BOOST_TEST_DYN_LINK) && !defined(BOOST_UNIT_TEST_FRAMEWORK_DYN_LINK)
#include <boost/test/included/unit_test.hpp>
#endif
#include <apart/adapter/boost_test.hpp>

#include <boost/test/results_collector.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <apart/process/initializer.hpp>
#include <apart/test/this_test.hpp>

#include "launch/subject/journal.hpp"

APART_BOOST_TEST_ADAPTER();
APART_BOOST_TEST_ADAPTER();  // as another file may

namespace unit_test = boost::unit_test;

int main(int argc, char** argv) {
  const auto nothing_more = [] { return true; };
  if (std::getenv("SUBJECT_TWICE") == nullptr) return unit_test::unit_test_main(nothing_more, argc, argv);
  unit_test::framework::init(nothing_more, argc, argv);
  unit_test::framework::finalize_setup_phase();
  unit_test::framework::run();
  unit_test::framework::run();
  const auto& results = unit_test::results_collector.results(unit_test::framework::master_test_suite().p_id);
  unit_test::framework::shutdown();
  return results.result_code();
}

namespace {

apart::initializer kinds{"kinds", [] {
                           if (std::getenv("SUBJECT_BROKEN") != nullptr) throw std::runtime_error("no schema.json");
                         }};

}  // namespace

BOOST_AUTO_TEST_SUITE(of_the_adapter)

BOOST_AUTO_TEST_CASE(knows_its_name) {
  apart::this_test::on_cleanup([] { std::puts("cleaned up"); });
  BOOST_TEST(apart::this_test::name() == "of_the_adapter/knows_its_name");
  BOOST_TEST(apart::this_test::ctx().deadline().has_value());
  BOOST_TEST(!apart::detail::test_failed.load());
}

BOOST_AUTO_TEST_CASE(knows_that_it_has_failed) {
  BOOST_TEST_MESSAGE("which is no failure");
  BOOST_WARN(1 == 2);
  std::puts(apart::detail::test_failed.load() ? "does not know" : "knows that it has not failed yet");
  BOOST_CHECK(1 == 2);
  std::puts(apart::detail::test_failed.load() ? "knows that it has failed" : "does not know");
}

BOOST_AUTO_TEST_CASE(fails_as_it_should, *unit_test::expected_failures(1)) { BOOST_CHECK(1 == 2); }

// Those that are asked for.

BOOST_AUTO_TEST_CASE(is_left_by_a_signal, *unit_test::disabled()) {
  apart::this_test::on_cleanup([] { std::puts("cleaned up behind the signal"); });
  std::raise(SIGFPE);
}

BOOST_AUTO_TEST_CASE(and_the_next_has_its_own_clean_ups, *unit_test::disabled()) {
  apart::this_test::on_cleanup([] { std::puts("cleaned up"); });
  BOOST_TEST(apart::this_test::name() == "of_the_adapter/and_the_next_has_its_own_clean_ups");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(alone, *unit_test::label("serial") * unit_test::disabled())
BOOST_AUTO_TEST_CASE(begins_and_ends) {
  note("serial begins");
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  note("serial ends");
}
BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_CASE(any_other, *unit_test::disabled()) { note("other"); }
