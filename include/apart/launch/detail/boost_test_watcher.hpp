#pragma once

#include <apart/launch/detail/boost_test_library.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/results_collector.hpp>
#include <boost/test/tree/observer.hpp>
#include <boost/test/tree/traverse.hpp>
#include <boost/test/tree/visitor.hpp>

#include <apart/adapter/boost_test.hpp>
#include <apart/launch/detail/boost_test_log.hpp>
#include <apart/launch/framework.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Leads Boost.Test from list to list, and tells which tests end, and how. A test has failed, too, where what was set up for
/// it has failed, or what is torn down after it: the last one of a suite ends with the fixtures of the suite.
///
/// One run goes on for as long as the process has tests, with the global fixtures around it. In it runs one test case, the
/// leader; inside of that each list is some runs, one for each unit of the master suite that has some of its tests. So a list
/// costs what these units hold, not what the program does.
class boost_test_watcher final : public boost::unit_test::test_observer {
  using id = boost::unit_test::test_unit_id;
  using unit = boost::unit_test::test_unit;

 public:
  /// `ids`: what Boost.Test calls the planned tests.
  boost_test_watcher(const std::vector<id>& ids, const framework::reported& ended) : ids_(ids), ended_(ended) {
    boost_test_outside::now = &global_set_up_;
    boost::unit_test::framework::register_observer(*this);
  }
  boost_test_watcher(const boost_test_watcher&) = delete;
  boost_test_watcher& operator=(const boost_test_watcher&) = delete;
  ~boost_test_watcher() {
    boost_test_outside::now = nullptr;
    boost::unit_test::framework::deregister_observer(*this);
  }

  /// In the leader: runs list after list.
  void lead(const framework::next_list& next) {
    leads_ = true;
    for (std::vector<std::size_t> list = next(); !list.empty(); list = next()) {
      left_.assign(list.begin(), list.end());
      stopped_ = false;
      torn_down_ = {};
      while (!left_.empty()) run_inside(entry_of(ids_[left_.front()]));
      report_last();
    }
    set_status_of_all(&unit::p_run_status, {});
  }

  /// By default only these tests run.
  static void select(const std::vector<id>& tests) { set_status_of_all(&unit::p_default_status, tests); }

  /// Whether the leader has begun: what comes before it are the global fixtures.
  bool leads() const noexcept { return leads_; }
  const boost_test_outside& global_set_up() const noexcept { return global_set_up_; }
  const boost_test_outside& global_tear_down() const noexcept { return global_tear_down_; }

  /// Tests end for those that print before they end here.
  int priority() override { return 1; }

  void test_unit_start(const unit& begun) override {
    if (begun.p_type == boost::unit_test::TUT_CASE) {
      boost_test_outside::now = nullptr;
    } else if (begun.p_id == master()) {
      set_status_of_all(&unit::p_run_status, {boost_test_observer::leader});
    } else {
      set_ups_.emplace_back();
      boost_test_outside::now = &set_ups_.back();
    }
    if (begun.p_id == entry_) prepare_entry(const_cast<unit&>(begun));
  }

  void test_unit_finish(const unit& ended, unsigned long) override {
    if (ended.p_id == boost_test_observer::leader) {
      boost_test_outside::now = &global_tear_down_;
      return;
    }
    if (ended.p_id == master() || stopped_) return;
    boost_test_outside::now = &torn_down_;
    if (ended.p_type == boost::unit_test::TUT_CASE) {
      const bool passed = boost::unit_test::results_collector.results(ended.p_id).passed();
      const auto of_list = [&](std::size_t index) { return ids_[index] == ended.p_id; };
      end(std::find_if(left_.begin(), left_.end(), of_list), {passed ? outcome::passed : outcome::failed, {}});
    } else {
      fail_left_below(ended.p_id, set_ups_.back().failed ? "" : "Boost.Test did not run it, though it was told to");
      set_ups_.pop_back();
    }
    report_unless_torn_down_behind(ended);
  }

  using test_observer::test_unit_skipped;
  void test_unit_skipped(const unit& skipped, boost::unit_test::const_string reason) override {
    std::string text(reason.begin(), reason.size());
    const outcome result = text.find("timeout") == 0 ? outcome::failed : outcome::skipped;
    if (has_lost_a_dependency(skipped)) text = "what it depends on has run in a process that has died";
    while (!left_.empty() && is_below(ids_[left_.front()], skipped.p_id)) {
      report_last();
      if (!left_.empty()) end(left_.begin(), {result, text});
    }
    report_unless_torn_down_behind(skipped);
  }

  /// What is left of the suite will be skipped.
  void test_unit_timed_out(const unit& suite) override {
    if (last_) fail(last_->second, "the time of its suite is over: ", {true, suite.full_name()});
  }
  void assertion_result(boost::unit_test::assertion_result result) override {
    if (result == boost::unit_test::AR_FAILED) note_failure();
  }
  void exception_caught(const boost::execution_exception&) override { note_failure(); }
  void test_unit_aborted(const unit&) override { note_failure(); }

 private:
  static id master() { return boost::unit_test::framework::master_test_suite().p_id; }

  /// It was selected, and is not in this list: what is left of a list that took its process with it.
  bool has_lost_a_dependency(const unit& skipped) const {
    const std::vector<id>& all = skipped.p_dependencies.get();
    return std::any_of(all.begin(), all.end(), [this](id one) {
      const auto is_part = [one](id selected) { return is_below(selected, one); };
      return !boost::unit_test::framework::get(one, boost::unit_test::TUT_ANY).is_enabled() &&
             std::any_of(ids_.begin(), ids_.end(), is_part);
    });
  }

  static void note_failure() {
    if (boost_test_outside::now != nullptr) boost_test_outside::now->failed = true;
  }

  using status = boost::unit_test::readwrite_property<unit::run_status> unit::*;

  /// Enabled: these tests, and the suites that they are in.
  static void set_status_of_all(status which, const std::vector<id>& enabled) { set_status(master(), which, enabled); }
  static void set_status(id below, status which, const std::vector<id>& enabled) {
    struct disabler final : boost::unit_test::test_tree_visitor {
      explicit disabler(status disabled) : which_(disabled) {}
      bool visit(const unit& one) override {
        (const_cast<unit&>(one).*which_).value = unit::RS_DISABLED;
        return true;
      }
      const status which_;
    } disable(which);
    boost::unit_test::traverse_test_tree(below, disable, true);
    for (id one : enabled) {
      while (one != boost::unit_test::INV_TEST_UNIT_ID) {
        unit& above = boost::unit_test::framework::get(one, boost::unit_test::TUT_ANY);
        (above.*which).value = unit::RS_ENABLED;
        one = above.p_parent_id;
      }
    }
  }

  /// The unit of the master suite that has it.
  static id entry_of(id test) {
    for (;;) {
      const id above = boost::unit_test::framework::get(test, boost::unit_test::TUT_ANY).p_parent_id;
      if (above == master()) return test;
      test = above;
    }
  }

  /// The tests that are left below it.
  void run_inside(id entry) {
    entry_ = entry;
    set_ups_.clear();
    fixtures_of_entry_ = boost::unit_test::framework::get(entry, boost::unit_test::TUT_ANY).p_fixtures->size();
    boost::unit_test::framework::run(entry, true);
    boost_test_outside::now = nullptr;
    fail_left_below(entry, "Boost.Test did not run it, though it was told to");
  }

  /// Takes the global fixtures away, which are there, and leaves what is not in the list out.
  void prepare_entry(unit& entry) {
    auto& fixtures = entry.p_fixtures.value;
    fixtures.erase(fixtures.begin(), fixtures.end() - static_cast<std::ptrdiff_t>(fixtures_of_entry_));
    std::vector<id> wanted;
    for (const std::size_t index : left_) {
      if (!is_below(ids_[index], entry_)) break;
      wanted.push_back(ids_[index]);
    }
    set_status(entry_, &unit::p_run_status, wanted);
  }

  static void fail(test_report& report, const std::string& what, const boost_test_outside& outside) {
    if (!outside.failed) return;
    report.result = outcome::failed;
    report.text += (report.text.empty() ? "" : "\n") + what + outside.text;
  }

  void end(std::deque<std::size_t>::iterator test, test_report report) {
    if (test == left_.end()) return;
    for (const boost_test_outside& set_up : set_ups_) fail(report, "the set-up of a suite failed:", set_up);
    last_ = {*test, std::move(report)};
    left_.erase(test);
  }

  void fail_left_below(id suite, const char* why) {
    while (!left_.empty() && is_below(ids_[left_.front()], suite)) {
      report_last();
      if (!left_.empty()) end(left_.begin(), {outcome::failed, why});
    }
  }

  /// The next test begins before anything is torn down.
  void report_unless_torn_down_behind(const unit& ended) {
    if (!left_.empty() && is_below(ids_[left_.front()], ended.p_parent_id)) report_last();
  }

  /// Once what is torn down after it has been.
  void report_last() {
    if (!last_) return;
    fail(last_->second, "a tear-down after it failed:", torn_down_);
    torn_down_ = {};
    const auto [index, report] = *std::exchange(last_, std::nullopt);
    if (ended_(index, report)) return;
    stopped_ = true;
    left_.clear();
    set_status(entry_, &unit::p_run_status, {});
  }

  const std::vector<id>& ids_;
  const framework::reported& ended_;
  bool leads_ = false;
  id entry_ = boost::unit_test::INV_TEST_UNIT_ID;            ///< what the run inside runs
  std::size_t fixtures_of_entry_ = 0;                        ///< how many are its own
  bool stopped_ = false;                                     ///< no other test of the list is to run
  std::deque<std::size_t> left_;                             ///< of the list, what has not ended
  std::optional<std::pair<std::size_t, test_report>> last_;  ///< has ended, and is not reported yet
  std::deque<boost_test_outside> set_ups_;                   ///< of the suites that have begun, the outermost first
  boost_test_outside torn_down_;                             ///< since the last test has ended
  boost_test_outside global_set_up_;
  boost_test_outside global_tear_down_;
};

}  // namespace detail
APART_END_NAMESPACE
