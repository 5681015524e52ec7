#pragma once

#include <string>
#include <utility>
#include <vector>

#include <boost/function/function0.hpp>
#include <boost/test/framework.hpp>
#include <boost/test/tree/observer.hpp>
#include <boost/test/unit_test.hpp>  // IWYU pragma: export

#include <apart/adapter/detail/body_runner.hpp>
#include <apart/adapter/test_tag.hpp>
#include <apart/detail/phase.hpp>
#include <apart/test/this_test.hpp>

/// Stands in one source file of a test program that has a `main` of its own, outside of any namespace: tells apart where
/// tests begin and end, and runs the initializers before the first one. APART_BOOST_TEST_MAIN contains it. In a second file
/// it does nothing more.
///
/// A test is called as `--run_test` calls it, "suite/case". Its tags are Boost.Test's labels, its own and those of its
/// suites: `* boost::unit_test::label("serial")`, or `label("group:postgres:2")`. Clean-ups run when the body is left and the
/// object of a BOOST_FIXTURE_TEST_CASE is gone; what `* boost::unit_test::fixture<…>()` has set up is still there. One that
/// fails fails the test, whatever number of failures that expects.
#define APART_BOOST_TEST_ADAPTER()                                     \
  [[maybe_unused]] static const bool APART_BOOST_TEST_NAME(__LINE__) = \
      (::apart::detail::register_boost_test_observer(), true)
#define APART_BOOST_TEST_NAME(line) APART_BOOST_TEST_JOINED(line)
#define APART_BOOST_TEST_JOINED(line) apart_boost_test_adapter_of_line_##line

APART_BEGIN_NAMESPACE
namespace detail {

/// The labels of a test and of the suites that it is in.
inline std::vector<std::string> boost_test_labels_of(boost::unit_test::test_unit_id id) {
  std::vector<std::string> labels;
  while (id != boost::unit_test::INV_TEST_UNIT_ID) {
    const boost::unit_test::test_unit& unit = boost::unit_test::framework::get(id, boost::unit_test::TUT_ANY);
    labels.insert(labels.end(), unit.p_labels->begin(), unit.p_labels->end());
    id = unit.p_parent_id;
  }
  return labels;
}

/// The body of a test case, with what comes around it. Boost.Test decides on a test before it tells its observers that the
/// body has ended.
class boost_test_body {
 public:
  /// Once; later calls find nothing to do.
  static void replace_in(const boost::unit_test::test_case& test) {
    auto& body = const_cast<boost::function<void()>&>(test.p_test_func.get());
    if (body.target<boost_test_body>() == nullptr) body = boost_test_body(body);
  }

  void operator()() const {
    const boost::unit_test::test_unit& test = boost::unit_test::framework::current_test_unit();
    const bool serial = is_serial(boost_test_labels_of(test.p_id));
    body_runner::of_this_program().run(
        test.full_name(), serial, [this] { body_(); }, fail);
  }

 private:
  explicit boost_test_body(boost::function<void()> body) : body_(std::move(body)) {}

  /// As an aborted test, which fails whatever number of failures it expects.
  static void fail(const std::string& reason) {
    namespace tools = boost::test_tools::tt_detail;
    tools::report_assertion(false, boost::unit_test::lazy_ostream::instance() << reason, "apart", 0, tools::CHECK,
                            tools::CHECK_MSG, 0);
    boost::unit_test::framework::test_unit_aborted(boost::unit_test::framework::current_test_unit());
  }

  boost::function<void()> body_;
};

/// Tells apart where tests begin and end.
class boost_test_observer final : public boost::unit_test::test_observer {
 public:
  void test_unit_start(const boost::unit_test::test_unit& unit) override {
    if (!is_test(unit)) return;
    aborted_ = false;
    boost_test_body::replace_in(static_cast<const boost::unit_test::test_case&>(unit));
    body_runner::of_this_program().test_begins();
  }
  void test_unit_finish(const boost::unit_test::test_unit& unit, unsigned long) override {
    if (is_test(unit) && !aborted_) body_runner::of_this_program().test_ends();
  }

  /// Not before the observer that Boost.Test has for the time before the tests, whose state is made when it hears of a start.
  int priority() override { return 2; }

  void assertion_result(boost::unit_test::assertion_result result) override {
    if (result == boost::unit_test::AR_FAILED) test_failed.store(true);
  }
  void exception_caught(const boost::execution_exception&) override { test_failed.store(true); }
  void test_unit_aborted(const boost::unit_test::test_unit&) override { test_failed.store(true); }

  /// A fatal signal was caught: nobody knows what state the process is in.
  void test_aborted() override { aborted_ = true; }

  /// A test case that leads others, and is itself no test.
  static inline boost::unit_test::test_unit_id leader = boost::unit_test::INV_TEST_UNIT_ID;

 private:
  static bool is_test(const boost::unit_test::test_unit& unit) {
    return unit.p_type == boost::unit_test::TUT_CASE && unit.p_id != leader;
  }

  bool aborted_ = false;
};

/// Once in a program, while one thread has loaded it.
inline void register_boost_test_observer() {
  static auto* const observer = new boost_test_observer;
  static_cast<void>(body_runner::of_this_program());
  boost::unit_test::framework::register_observer(*observer);
}

}  // namespace detail
APART_END_NAMESPACE
