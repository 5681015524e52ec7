#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <apart/adapter/gtest.hpp>
#include <apart/detail/report.hpp>
#include <apart/launch/command_line.hpp>
#include <apart/launch/detail/framework_main.hpp>
#include <apart/launch/detail/gtest_framework.hpp>
#include <apart/launch/detail/interrupts_alone.hpp>
#include <apart/launch/options.hpp>

/// Stands in one source file of a test program, outside of any namespace, and is its `main`. Everything that GoogleTest does
/// with a command line it still does; `--procs=N` runs the selected tests on N processes. Tests with the `test_tag`
/// "serial" run alone, at the end; without `--procs` alone among the processes of a run that somebody else has started. Of
/// tests with the tag "group:postgres:2" at most 2 run at once with `--procs`. With `--procs` the tests of a suite come to
/// a worker together as long as there are more; SetUpTestSuite and the environments are set up by each worker for each such
/// list. Either way no body runs in a process that could not be initialized, and SIGINT and SIGTERM cancel the running test.
/// The macro's arguments stand before those of the command line: APART_GTEST_MAIN("--own-directory", "--link=data").
#define APART_GTEST_MAIN(...)                                                                                         \
  int main(int argc, char** argv) { return apart::gtest_main(argc, argv, ::testing::InitGoogleTest, {__VA_ARGS__}); } \
  static_assert(true, "stands for the semicolon behind the macro")

APART_BEGIN_NAMESPACE
namespace detail {

class gtest_session final : public framework_session {
 public:
  using initializer = void (*)(int*, char**);

  explicit gtest_session(initializer initialize) : initialize_(initialize) {}

  int take(const std::vector<std::string>& arguments) override {
    kept_ = arguments;
    std::vector<char*> pointers;
    for (std::string& argument : kept_) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    int count = static_cast<int>(kept_.size());
    initialize_(&count, pointers.data());
    left_.assign(pointers.begin() + std::min(count, 1), pointers.begin() + count);
    return 0;
  }

  bool helps() const override {
    return std::any_of(left_.begin(), left_.end(), [](const std::string& argument) {
      return argument == "--help" || argument == "-h" || argument == "-?" || argument == "/?";
    });
  }
  bool lists() const override { return GTEST_FLAG_GET(list_tests); }
  int help_or_list() override { return RUN_ALL_TESTS(); }

  void prepare_launch(launch_options& options) override {
    name_unknown();
    for (const std::string& argument : left_) {
      if (argument.compare(0, 8, "--gtest_") == 0) raise(error(argument + ": GoogleTest does not know it"));
    }
    for (const std::string& argument : kept_) {
      if (argument.compare(0, 14, "--gtest_output") != 0) continue;
      raise(error("--procs: " + argument + " describes one process; give --junit=FILE, or run without --procs"));
    }
    if (GTEST_FLAG_GET(repeat) != 1) raise(error("--procs: give --repeat=N in place of --gtest_repeat"));
    if (GTEST_FLAG_GET(fail_fast)) options.max_failures = 1;
    if (GTEST_FLAG_GET(shuffle)) options.shuffle = true;
  }
  std::unique_ptr<framework> tests() override { return std::make_unique<gtest_framework>(); }

  void prepare_alone() override {
    name_unknown();
    interrupts_.emplace();
    body_runner::of_this_program().reason_not_to_run = interrupts_alone::reason_not_to_run;
  }
  int run_alone() override { return RUN_ALL_TESTS(); }
  bool all_skipped() const override {
    const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
    return all.Passed() && all.skipped_test_count() > 0 && all.successful_test_count() == 0;
  }

 private:
  /// A program's own options may be among them.
  void name_unknown() const {
    for (const std::string& argument : left_) {
      if (argument.compare(0, 2, "--") == 0)
        report(argument + ": neither the launcher nor GoogleTest knows this option");
    }
  }

  const initializer initialize_;
  std::vector<std::string> kept_;  ///< what was given
  std::vector<std::string> left_;  ///< of that, what GoogleTest does not know
  std::optional<interrupts_alone> interrupts_;
};

}  // namespace detail

/// What APART_GTEST_MAIN is made of, for a `main` of one's own, which has not called `initialize` itself. With GoogleMock
/// that is `testing::InitGoogleMock`.
inline int gtest_main(int argc, char** argv, void (*initialize)(int*, char**) = ::testing::InitGoogleTest,
                      default_arguments defaults = {}) {
  detail::gtest_session session(initialize);
  constexpr std::string_view death_test = "--gtest_internal_run_death_test";
  const bool is_death_test = std::any_of(argv, argv + argc, [&](const char* argument) {
    return std::string_view(argument).compare(0, death_test.size(), death_test) == 0;
  });
  if (is_death_test) {  // a test's child: it runs one statement, whatever else stands on the command line
    detail::register_gtest_listener();
    static_cast<void>(session.take(parse_launch_options(argc, argv, defaults).framework_arguments));
    return session.run_alone();
  }
  if (detail::is_keeper()) return detail::run_keeper();
  detail::register_gtest_listener();
  return detail::framework_main(argc, argv, defaults, session);
}

APART_END_NAMESPACE
