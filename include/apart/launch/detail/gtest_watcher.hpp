#pragma once

#include <cstddef>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <apart/adapter/gtest.hpp>
#include <apart/launch/framework.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Leads GoogleTest from list to list, and tells which tests end, and how. A test has failed, too, where what was set up for
/// it has failed, or what is torn down after it: the last one of a suite ends with its TearDownTestSuite, the last one of a
/// list with the environments.
///
/// All lists are one RUN_ALL_TESTS, which repeats without end, since it deletes the environments when it returns (from
/// 1.15 on): before each repetition the next list is asked for, and the flags of the tests are set anew.
class gtest_watcher : public ::testing::EmptyTestEventListener {
 public:
  using tests_by_name = std::map<std::string, std::size_t>;
  /// The next list, already chosen; empty: there is none.
  using choose_next = std::function<tests_by_name()>;

  gtest_watcher(choose_next next, const framework::reported& ended) : next_(std::move(next)), ended_(ended) {
    body_runner::of_this_program().reason_not_to_run = [] {
      return std::string(stopped_ ? "not run: the list of tests has ended" : "");
    };
  }

  void OnTestIterationStart(const ::testing::UnitTest&, int) override {
    end_list();
    left_ = next_();
    if (left_.empty()) std::exit(EXIT_SUCCESS);
    stopped_ = false;
    GTEST_FLAG_SET(fail_fast, false);
    torn_down_ = {};
  }

  void OnEnvironmentsSetUpStart(const ::testing::UnitTest&) override { around_ = &environments_; }
  void OnTestSuiteStart(const ::testing::TestSuite&) override {
    suite_ = {};
    around_ = &suite_;
  }
  void OnTestStart(const ::testing::TestInfo&) override {
    report_last();
    around_ = nullptr;
  }
  void OnTestPartResult(const ::testing::TestPartResult& part) override {
    if (around_ == nullptr) return;
    if (part.skipped()) around_->skipped = true;
    if (!part.failed()) return;
    const char* const file = part.file_name() != nullptr ? part.file_name() : "unknown file";
    around_->failure += fmt::format("\n{}:{}: {}", file, part.line_number(), part.message());
  }
  void OnTestEnd(const ::testing::TestInfo& test) override {
    const auto found = left_.find(gtest_name_of(test));
    if (found == left_.end() || stopped_) return;
    const ::testing::TestResult& result = *test.result();
    test_report report;
    report.result = result.Failed() ? outcome::failed : result.Skipped() ? outcome::skipped : outcome::passed;
    fail(report, "the set-up of an environment failed:", environments_.failure);
    fail(report, "SetUpTestSuite failed:", suite_.failure);
    last_ = {found->second, std::move(report)};
    left_.erase(found);
    around_ = &torn_down_;
  }
  void OnTestSuiteEnd(const ::testing::TestSuite&) override {
    if (!left_.empty()) report_last();
  }

 private:
  /// What happened outside of all tests.
  struct outside {
    std::string failure;
    bool skipped = false;
  };

  /// What GoogleTest did not run has been skipped by an environment, or failed. It runs nothing more in this process once
  /// something outside of all tests has failed fatally, or skipped.
  void end_list() {
    around_ = nullptr;
    report_last();
    if (stopped_) left_.clear();
    for (const auto& [name, index] : left_) {
      const test_report skipped{outcome::skipped, "the set-up of an environment has skipped all tests"};
      const test_report lost{outcome::failed, "GoogleTest did not run it, though it was told to"};
      ended_(index, environments_.skipped ? skipped : lost);
    }
    const ::testing::TestResult& outside_of_tests = ::testing::UnitTest::GetInstance()->ad_hoc_test_result();
    if (environments_.failure.empty() && outside_of_tests.HasFatalFailure()) {
      environments_.failure = " a fatal failure outside of all tests, reported before";
    }
  }

  static void fail(test_report& report, const char* what, const std::string& failure) {
    if (failure.empty()) return;
    report.result = outcome::failed;
    report.text += (report.text.empty() ? "" : "\n") + (what + failure);
  }

  void report_last() {
    if (!last_) return;
    fail(last_->second, "a tear-down after it failed:", torn_down_.failure);
    torn_down_ = {};
    const auto [index, report] = *std::exchange(last_, std::nullopt);
    if (ended_(index, report)) return;
    stopped_ = true;
    GTEST_FLAG_SET(fail_fast, true);  // which skips what follows the next test, whose body does not run
  }

  const choose_next next_;
  const framework::reported& ended_;
  tests_by_name left_;                                       ///< which have not ended
  std::optional<std::pair<std::size_t, test_report>> last_;  ///< has ended, and is not reported yet
  static inline bool stopped_ = false;                       ///< no other test is to run
  outside* around_ = nullptr;                                ///< what goes on while no test runs
  outside environments_;                                     ///< in this process, so far
  outside suite_;
  outside torn_down_;
};

}  // namespace detail
APART_END_NAMESPACE
