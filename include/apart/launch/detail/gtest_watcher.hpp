#pragma once

#include <cstddef>
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

/// Tells which tests of a list end, and how. A test has failed, too, where what was set up for it has failed, or what is
/// torn down after it: the last one of a suite ends with its TearDownTestSuite, the last one of all with the environments.
class gtest_watcher : public ::testing::EmptyTestEventListener {
 public:
  using tests_by_name = std::map<std::string, std::size_t>;

  void begin(tests_by_name tests, const framework::reported& ended) {
    left_ = std::move(tests);
    ended_ = &ended;
    environments_ = {};
    suite_ = {};
    torn_down_ = {};
    stopped_ = false;
    gtest_listener::reason_not_to_run = [] {
      return std::string(stopped_ ? "not run: the list of tests has ended" : "");
    };
    GTEST_FLAG_SET(fail_fast, false);
  }

  /// What GoogleTest did not run has been skipped by an environment, or failed.
  void end() {
    report_last();
    if (stopped_) left_.clear();
    for (const auto& [name, index] : left_) {
      const test_report skipped{outcome::skipped, "the set-up of an environment has skipped all tests"};
      const test_report lost{outcome::failed, "GoogleTest did not run it, though it was told to"};
      (*ended_)(index, environments_.skipped ? skipped : lost);
    }
    left_.clear();
    around_ = nullptr;
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
    if ((*ended_)(index, report)) return;
    stopped_ = true;
    GTEST_FLAG_SET(fail_fast, true);  // which skips what follows the next test, whose body does not run
  }

  const framework::reported* ended_ = nullptr;
  tests_by_name left_;                                       ///< which have not ended
  std::optional<std::pair<std::size_t, test_report>> last_;  ///< has ended, and is not reported yet
  static inline bool stopped_ = false;                       ///< no other test is to run
  outside* around_ = nullptr;                                ///< what goes on while no test runs
  outside environments_;
  outside suite_;
  outside torn_down_;
};

}  // namespace detail
APART_END_NAMESPACE
