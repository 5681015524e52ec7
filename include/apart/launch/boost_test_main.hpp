#pragma once

// The implementation of Boost.Test may be part of this header, so it comes first.
#include <apart/launch/detail/boost_test_library.hpp>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <streambuf>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <boost/test/results_collector.hpp>

#include <apart/adapter/boost_test.hpp>
#include <apart/detail/environment.hpp>
#include <apart/error.hpp>
#include <apart/launch/command_line.hpp>
#include <apart/launch/detail/boost_test_framework.hpp>
#include <apart/launch/detail/framework_main.hpp>
#include <apart/launch/detail/interrupts_alone.hpp>
#include <apart/launch/framework.hpp>
#include <apart/launch/options.hpp>

/// Stands in one source file of a test program, outside of any namespace, and is its `main`. This header is included first
/// there, at most behind a definition of BOOST_TEST_MODULE, which no other file then has. Where the shared library of
/// Boost.Test is not used (BOOST_TEST_DYN_LINK, or what CMake's target defines) this header brings its implementation along:
/// no other file does, and of a static library, which has a main of its own, nothing is linked.
///
/// Everything that Boost.Test does with a command line it still does; `--procs=N` runs the selected tests on N processes.
/// Tests with the label "serial", their own or their suite's, run alone, at the end; without `--procs` alone among the
/// processes of a run that somebody else has started. Of tests with the label "group:postgres:2" at most 2 run at once with
/// `--procs`.
///
/// With `--procs` the tests of a suite come to a worker together as long as there are more; its fixtures are set up by each
/// worker for each such list, global fixtures once by each worker. Tests that are connected by `depends_on` run in one
/// process, one after the other, and all of them alone where one is serial or in a group. A fatal signal ends a worker,
/// whatever --catch_system_errors says, and names it.
///
/// Either way no body runs in a process that could not be initialized, and SIGINT and SIGTERM cancel the running test. The
/// macro's arguments stand before those of the command line: APART_BOOST_TEST_MAIN("--own-directory", "--link=data").
#define APART_BOOST_TEST_MAIN(...)                                                             \
  int main(int argc, char** argv) {                                                            \
    return apart::boost_test_main(argc, argv, apart::detail::no_tests_by_hand, {__VA_ARGS__}); \
  }                                                                                            \
  static_assert(true, "stands for the semicolon behind the macro")

APART_BEGIN_NAMESPACE
namespace detail {

inline bool no_tests_by_hand() { return true; }

class boost_test_session final : public framework_session {
 public:
  explicit boost_test_session(boost::unit_test::init_unit_test_func initialize) : initialize_(initialize) {}

  /// What Boost.Test says of the command line it says when it takes it again.
  int take(const std::vector<std::string>& arguments) override {
    all_ = arguments;
    arguments_.emplace(arguments);
    const std::ostringstream unsaid;
    std::streambuf* const said = std::cerr.rdbuf(unsaid.rdbuf());
    boost_test_arguments parsed(arguments);
    int count = parsed.count();
    answered_ = !attempt([&] { boost_test_config::init(count, parsed.pointers()); }, [](const char*) {});
    std::cerr.rdbuf(said);
    return answered_ ? run() : EXIT_SUCCESS;
  }

  bool helps() const override { return answered_ && boost_test_config::has(boost_test_config::btrt_help); }
  bool lists() const override {
    return answered_ || output_format(boost_test_config::btrt_list_content) != boost::unit_test::OF_INVALID ||
           boost_test_option<bool>(boost_test_config::btrt_list_labels);
  }
  int help_or_list() override { return answered_ ? EXIT_SUCCESS : run(); }

  void prepare_launch(launch_options& options) override {
    const auto refuse_if = [](bool given, const char* option, const char* instead) {
      if (!given) return;
      raise(error(fmt::format("--procs: {} describes one process; {}, or run without --procs", option, instead)));
    };
    const auto says = [this](const std::string& end) {
      return std::any_of(all_.begin(), all_.end(), [&end](const std::string& argument) {
        return argument.size() >= end.size() && argument.compare(argument.size() - end.size(), end.size(), end) == 0;
      });
    };
    const auto names_a_file = [&says](const std::string& option) {
      return boost_test_config::has(option) && !says("stdout") && !says("stderr");
    };
    const auto names_a_logger = [](const std::string& argument) { return argument.compare(0, 8, "--logger") == 0; };
    const char* const junit = "give --junit=FILE";
    refuse_if(output_format(boost_test_config::btrt_log_format) != boost::unit_test::OF_CLF, "--log_format", junit);
    refuse_if(output_format(boost_test_config::btrt_report_format) != boost::unit_test::OF_CLF, "--report_format",
              junit);
    refuse_if(names_a_file(boost_test_config::btrt_log_sink), "--log_sink", junit);
    refuse_if(names_a_file(boost_test_config::btrt_report_sink), "--report_sink", junit);
    const bool has_loggers = std::any_of(all_.begin(), all_.end(), names_a_logger);
    refuse_if(has_loggers || detail::variable("BOOST_TEST_LOGGER"), "--logger", junit);
    const auto level = boost_test_option<boost::unit_test::report_level>(boost_test_config::btrt_report_level);
    const bool is_long = level == boost::unit_test::SHORT_REPORT || level == boost::unit_test::DETAILED_REPORT;
    refuse_if(is_long, "--report_level", "give --verbose");
    refuse_if(boost_test_option<bool>(boost_test_config::btrt_wait_for_debugger), "--wait_for_debugger",
              "leave it out");
    refuse_if(!boost_test_option<bool>(boost_test_config::btrt_result_code), "--result_code", "leave it out");
    if (boost_test_option<unsigned>(boost_test_config::btrt_random_seed) != 0) options.shuffle = true;
  }
  std::unique_ptr<framework> tests() override { return std::make_unique<boost_test_framework>(initialize_, all_); }

  void prepare_alone() override {
    interrupts_.emplace();
    body_runner::of_this_program().reason_not_to_run = interrupts_alone::reason_not_to_run;
  }
  int run_alone() override { return run(); }
  /// To the results tests that were not selected have been skipped, too: one that was is there.
  bool all_skipped() const override {
    const auto& all = boost::unit_test::framework::master_test_suite();
    const auto& results = boost::unit_test::results_collector.results(all.p_id);
    return results.p_test_cases_skipped > 0 && results.p_test_cases_passed + results.p_test_cases_warned +
                                                       results.p_test_cases_failed + results.p_test_cases_timed_out ==
                                                   0;
  }

 private:
  static boost::unit_test::output_format output_format(const std::string& option) {
    return boost_test_option<boost::unit_test::output_format>(option);
  }

  int run() { return boost::unit_test::unit_test_main(initialize_, arguments_->count(), arguments_->pointers()); }

  const boost::unit_test::init_unit_test_func initialize_;
  std::vector<std::string> all_;
  std::optional<boost_test_arguments> arguments_;  ///< the same, for one run
  bool answered_ = false;  ///< there is nothing more to do: its help, its version, or no sense in the command line
  std::optional<interrupts_alone> interrupts_;
};

}  // namespace detail

/// What APART_BOOST_TEST_MAIN is made of, for a `main` of one's own. `initialize` is Boost.Test's init function: it adds what
/// tests are not added by themselves, and returns whether that went well.
inline int boost_test_main(int argc, const char* const* argv,
                           boost::unit_test::init_unit_test_func initialize = detail::no_tests_by_hand,
                           default_arguments defaults = {}) {
  if (detail::is_keeper()) return detail::run_keeper();
  detail::register_boost_test_observer();
  detail::boost_test_session session(initialize);
  return detail::framework_main(argc, argv, defaults, session);
}

APART_END_NAMESPACE
