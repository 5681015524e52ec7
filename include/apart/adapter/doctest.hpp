#pragma once

#include <set>
#include <string>
#include <unordered_map>

#include <doctest/doctest.h>  // IWYU pragma: export

#include <apart/adapter/detail/body_runner.hpp>
#include <apart/adapter/test_tag.hpp>
#include <apart/detail/phase.hpp>
#include <apart/test/this_test.hpp>

/// Stands in one source file of a test program that has a `main` of its own, outside of any namespace: tells apart where
/// tests begin and end, and runs the initializers before the first one. APART_DOCTEST_MAIN contains it. In a second file it
/// does nothing more.
#define APART_DOCTEST_ADAPTER() \
  [[maybe_unused]] static const bool APART_DOCTEST_NAME(__LINE__) = (::apart::detail::register_doctest_listener(), true)
#define APART_DOCTEST_NAME(line) APART_DOCTEST_JOINED(line)
#define APART_DOCTEST_JOINED(line) apart_doctest_adapter_of_line_##line

namespace doctest {
namespace detail {
std::set<TestCase>& getRegisteredTests();  // doctest's own, which its header does not declare
}  // namespace detail
}  // namespace doctest

APART_BEGIN_NAMESPACE
namespace detail {

/// "suite/name", or the name alone where there is no suite.
inline std::string doctest_name_of(const doctest::TestCaseData& test) {
  const std::string suite = test.m_test_suite != nullptr ? test.m_test_suite : "";
  return suite.empty() ? test.m_name : suite + '/' + test.m_name;
}

/// The bodies of doctest's test cases, each of which `run` stands for: doctest decides on a test before it tells its
/// listeners that the body has ended, and runs a body once for each leaf subcase.
class doctest_bodies {
 public:
  static void replace_all() {
    for (const doctest::detail::TestCase& test : doctest::detail::getRegisteredTests()) {
      replace(const_cast<doctest::detail::TestCase&>(test));  // of a set, whose order a body does not matter for
    }
  }

  static void replace(doctest::detail::TestCase& test) {
    if (test.m_test == run) return;
    bodies()[&test] = test.m_test;
    test.m_test = run;
  }

  static void fail(const std::string& reason) { DOCTEST_ADD_FAIL_CHECK_AT("apart", 0, reason); }

 private:
  using body = doctest::detail::funcType;

  static std::unordered_map<const doctest::TestCaseData*, body>& bodies() {
    static auto* const all = new std::unordered_map<const doctest::TestCaseData*, body>;
    return *all;
  }

  static void run() {
    const doctest::TestCaseData* const test = doctest::getContextOptions()->currentTest;
    const std::string name = doctest_name_of(*test);
    body_runner::of_this_program().run(name, is_serial(test_tag::of(name)), bodies().at(test), fail);
  }
};

/// Hears of everything, and does nothing.
class doctest_deaf_reporter : public doctest::IReporter {
 public:
  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override {}
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

/// Tells apart where tests begin and end. A body begins and ends once for each leaf subcase, and its clean-ups run with it.
class doctest_listener final : public doctest_deaf_reporter {
 public:
  explicit doctest_listener(const doctest::ContextOptions&) {}

  void test_run_start() override { doctest_bodies::replace_all(); }
  void test_case_start(const doctest::TestCaseData&) override { body_runner::of_this_program().test_begins(); }
  void test_case_end(const doctest::CurrentTestCaseStats&) override {
    if (!crashed_) body_runner::of_this_program().test_ends();
  }

  void log_assert(const doctest::AssertData& assertion) override {
    if (assertion.m_failed && (assertion.m_at & doctest::assertType::is_warn) == 0) test_failed.store(true);
  }
  void log_message(const doctest::MessageData& message) override {
    if ((message.m_severity & doctest::assertType::is_warn) == 0) test_failed.store(true);
  }

  /// After a fatal signal doctest ends the test inside the signal handler.
  void test_case_exception(const doctest::TestCaseException& exception) override {
    if (exception.is_crash) crashed_ = true;
  }

 private:
  bool crashed_ = false;
};

/// Once in a program, while one thread has loaded it.
inline void register_doctest_listener() {
  static_cast<void>(body_runner::of_this_program());
  [[maybe_unused]] static const int registered = doctest::registerReporter<doctest_listener>("apart", 0, false);
}

}  // namespace detail
APART_END_NAMESPACE
