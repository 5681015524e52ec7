#pragma once

#include <apart/launch/detail/boost_test_library.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/progress_monitor.hpp>
#include <boost/test/results_reporter.hpp>
#include <boost/test/unit_test_log.hpp>

#include <apart/adapter/boost_test.hpp>
#include <apart/detail/launched.hpp>
#include <apart/detail/random.hpp>
#include <apart/detail/report.hpp>
#include <apart/error.hpp>
#include <apart/launch/detail/boost_test_log.hpp>
#include <apart/launch/detail/boost_test_ties.hpp>
#include <apart/launch/detail/boost_test_watcher.hpp>
#include <apart/launch/framework.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Boost.Test as the launcher sees it. The tests of a suite come together, so that its fixtures are set up once for each list
/// that has some of them; global fixtures are set up once in each worker. Tests that are connected by `depends_on` are
/// inseparable. One in a process.
class boost_test_framework final : public framework {
 public:
  boost_test_framework(boost::unit_test::init_unit_test_func initialize, const std::vector<std::string>& arguments)
      : arguments_(arguments), program_({arguments.front()}) {
    const auto failed = [](const char* text) { raise(error(std::string("Boost.Test cannot be set up: ") + text)); };
    attempt([&] { boost::unit_test::framework::init(initialize, arguments_.count(), arguments_.pointers()); }, failed);
    asked_seed_ = boost_test_option<unsigned>(boost_test_config::btrt_random_seed);
    set_what_the_launcher_does();
    boost::unit_test::results_reporter::set_level(boost::unit_test::NO_REPORT);
    boost::unit_test::framework::deregister_observer(boost::unit_test::progress_monitor);
    if (launched_as().is_worker()) {
      auto* const leader = new boost::unit_test::test_case("apart: all tests of this worker", [this] { lead_(); });
      boost_test_observer::leader = leader->p_id;
      boost::unit_test::framework::master_test_suite().add(leader);
    }
    attempt([] { boost::unit_test::framework::finalize_setup_phase(); }, failed);
  }
  ~boost_test_framework() override { boost::unit_test::framework::shutdown(); }

  /// It decides on the order only.
  std::uint32_t seed() const override { return seed_is_given() ? asked_seed_ : chosen_seed_; }
  bool seed_is_given() const override { return asked_seed_ > 1; }

  /// Boost.Test itself puts no byte into names that means something in a filter.
  std::vector<std::string> arguments_for(const std::string& test, std::optional<std::uint32_t>) const override {
    return {"--run_test=" + test};
  }

  std::vector<planned_test> select(std::uint32_t) override {
    if (planned_.empty()) {
      const auto& all = boost::unit_test::framework::master_test_suite();
      boost::unit_test::framework::impl::setup_for_execution(all);
      boost_test_ties ties;
      add(all, ties);
      ties.apply(planned_);
    }
    return planned_;
  }

  void run(const next_list& next, const reported& ended) override {
    if (boost::unit_test::unit_test_log.get_formatter(boost::unit_test::OF_CUSTOM_LOGGER) == nullptr) {
      boost::unit_test::unit_test_log.set_formatter(new boost_test_log);
    }
    forget_boost_test_selection(program_);
    set_what_the_launcher_does();
    boost_test_watcher::select(ids_);
    boost_test_watcher watcher(ids_, ended);
    lead_ = [&] { watcher.lead(next); };
    std::string why;
    const bool came_back =
        attempt([] { boost::unit_test::framework::run(); }, [&why](const char* text) { why = text; });
    if (!watcher.leads())
      return fail_all("the set-up of a global fixture failed:", watcher.global_set_up().text, next, ended);
    if (came_back && !watcher.global_tear_down().failed) return;
    report("the tear-down of a global fixture failed" + (why.empty() ? why : ": " + why));
    boost::unit_test::framework::shutdown();
    std::exit(EXIT_FAILURE);
  }

 private:
  static void set_what_the_launcher_does() {
    set_boost_test_option(boost_test_config::btrt_random_seed, 0U);
    set_boost_test_option(boost_test_config::btrt_catch_sys_errors, false);
  }

  using test_unit = boost::unit_test::test_unit;

  /// In the order of the run.
  void add(const test_unit& unit, boost_test_ties& ties) {
    if (!unit.is_enabled() || unit.p_id == boost_test_observer::leader) return;
    const std::size_t first = planned_.size();
    if (unit.p_type == boost::unit_test::TUT_CASE) {
      add_test(unit);
    } else {
      for (const auto& child : boost_test_children::of(static_cast<const boost::unit_test::test_suite&>(unit))) {
        add(boost::unit_test::framework::get(child.second, boost::unit_test::TUT_ANY), ties);
      }
    }
    ties.note(unit, first, planned_.size());
  }

  void add_test(const test_unit& unit) {
    const auto master = boost::unit_test::framework::master_test_suite().p_id;
    const bool in_a_suite = unit.p_parent_id != master;
    const std::vector<std::string> labels = boost_test_labels_of(unit.p_id);
    planned_test test{unit.full_name(), is_serial(labels), false, groups_in(labels)};
    if (in_a_suite) {
      test.suite = boost::unit_test::framework::get(unit.p_parent_id, boost::unit_test::TUT_SUITE).full_name();
    }
    test.in_order = true;
    planned_.push_back(std::move(test));
    ids_.push_back(unit.p_id);
  }

  static void fail_all(const char* what, const std::string& text, const next_list& next, const reported& ended) {
    for (std::vector<std::size_t> list = next(); !list.empty(); list = next()) {
      for (const std::size_t index : list) {
        if (!ended(index, {outcome::failed, what + text})) break;
      }
    }
  }

  boost_test_arguments arguments_;
  boost_test_arguments program_;  ///< its name alone
  unsigned asked_seed_ = 0;       ///< 0: in Boost.Test's order; 1: any
  const std::uint32_t chosen_seed_ = static_cast<std::uint32_t>(random_bits() >> 33U) + 1;
  std::vector<planned_test> planned_;
  std::vector<boost::unit_test::test_unit_id> ids_;  ///< of the planned tests
  std::function<void()> lead_;
};

}  // namespace detail
APART_END_NAMESPACE
