#pragma once

// The implementation of doctest is part of this header, so it comes first.
#include <apart/launch/detail/doctest_query.hpp>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include <apart/adapter/doctest.hpp>
#include <apart/detail/random.hpp>
#include <apart/launch/command_line.hpp>
#include <apart/launch/detail/doctest_places.hpp>
#include <apart/launch/detail/framework_main.hpp>
#include <apart/launch/detail/interrupts_alone.hpp>
#include <apart/launch/framework.hpp>
#include <apart/launch/options.hpp>

/// Stands in one source file of a test program, outside of any namespace, and is its `main`; it takes the place of
/// DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN. Everything that doctest does with a command line it still does; `--procs=N` runs the
/// selected tests on N processes. Tests with the `test_tag` "serial" run alone, at the end; without `--procs` alone among the
/// processes of a run that somebody else has started. Of tests with the tag "group:postgres:2" at most 2 run at once with
/// `--procs`. Either way no body runs in a process that could not be initialized, and SIGINT and SIGTERM cancel the running
/// test. The macro's arguments stand before those of the command line: APART_DOCTEST_MAIN("--own-directory", "--link=data").
#define APART_DOCTEST_MAIN(...)                                                              \
  int main(int argc, char** argv) { return apart::doctest_main(argc, argv, {__VA_ARGS__}); } \
  static_assert(true, "stands for the semicolon behind the macro")

APART_BEGIN_NAMESPACE
namespace detail {

/// Doctest as the launcher sees it. A test is a test case with all of its subcases.
class doctest_framework final : public framework {
 public:
  doctest_framework(const std::vector<std::string>& arguments, const doctest::ContextOptions& options)
      : arguments_(arguments), selected_(doctest_query::selection(arguments)), seed_(options.rand_seed) {
    for (const doctest::TestCaseData* const test : selected_) by_name_.emplace(doctest_name_of(*test), test);
  }

  /// It decides on the order only.
  std::uint32_t seed() const override { return seed_is_given() ? seed_ : chosen_seed_; }
  bool seed_is_given() const override { return seed_ != 0; }

  std::vector<std::string> arguments_for(const std::string& test, std::optional<std::uint32_t>) const override {
    const doctest::TestCaseData& found = *by_name_.at(test);
    std::vector<std::string> arguments{"--test-case=" + pattern_of(found.m_name)};
    const std::string suite = found.m_test_suite;
    if (!suite.empty()) arguments.push_back("--test-suite=" + pattern_of(suite));
    if (found.m_skip) arguments.emplace_back("--no-skip");
    return arguments;
  }

  std::vector<planned_test> select(std::uint32_t) override {
    std::vector<planned_test> tests;
    for (const doctest::TestCaseData* const test : selected_) {
      const std::string name = doctest_name_of(*test);
      const std::vector<std::string> tags = test_tag::of(name);
      tests.push_back({name, is_serial(tags), false, groups_in(tags)});
    }
    return tests;
  }

  void run(const next_list& next, const reported& ended) override {
    doctest::Context context;
    doctest_query::apply(context, arguments_);
    doctest_places(selected_, next, ended).run(context);
  }

 private:
  /// What a filter takes for that text; a star or a question mark in it stands for anything.
  static std::string pattern_of(const std::string& text) {
    std::string pattern;
    for (const char byte : text) {
      if (byte == ',' || byte == '\\') pattern += '\\';
      pattern += byte;
    }
    return pattern;
  }

  const std::vector<std::string> arguments_;
  const std::vector<const doctest::TestCaseData*> selected_;
  std::unordered_map<std::string, const doctest::TestCaseData*> by_name_;
  const std::uint32_t seed_;  ///< 0: none is given
  const std::uint32_t chosen_seed_ = static_cast<std::uint32_t>(random_bits() >> 33U) + 1;
};

class doctest_session final : public framework_session {
 public:
  int take(const std::vector<std::string>& arguments) override {
    arguments_ = arguments;
    options_ = doctest_query::options(arguments);
    return 0;
  }

  bool helps() const override { return options_.help; }
  bool lists() const override {
    return options_.list_test_cases || options_.list_test_suites || options_.list_reporters || options_.count ||
           options_.version;
  }
  int help_or_list() override { return run(); }

  void prepare_launch(launch_options& options) override {
    for (const std::string& argument : arguments_) {
      const std::size_t name = argument.find_first_not_of('-');
      const std::size_t value = argument.find('=');
      if (name == std::string::npos || value == std::string::npos) continue;
      std::string option = argument.substr(name, value - name);
      if (option.compare(0, 3, "dt-") == 0) option.erase(0, 3);
      const bool is_console = argument.compare(value, std::string::npos, "=console") == 0;
      if ((option == "reporters" || option == "r") && !is_console) {
        raise(error(fmt::format("--procs: {} describes one process; leave it out, or run without --procs", argument)));
      }
    }
    if (options_.out.size() > 0) {
      raise(error("--procs: --out is one process's file; redirect the output, or run without --procs"));
    }
    if (options_.no_exitcode) {
      raise(error("--procs: --no-exitcode hides what went wrong; leave it out, or run without --procs"));
    }
    if (options_.abort_after > 0) options.max_failures = static_cast<std::size_t>(options_.abort_after);
    if (options_.order_by == "rand") options.shuffle = true;
    options.verbose = options.verbose || options_.success;
  }
  std::unique_ptr<framework> tests() override { return std::make_unique<doctest_framework>(arguments_, options_); }

  void prepare_alone() override {
    interrupts_.emplace();
    body_runner::of_this_program().reason_not_to_run = interrupts_alone::reason_not_to_run;
  }
  /// No success where a body was kept from running, also of one that should fail.
  int run_alone() override {
    const int status = run();
    const bool kept = body_runner::of_this_program().kept_from_running() && !options_.no_exitcode;
    return status == EXIT_SUCCESS && kept ? EXIT_FAILURE : status;
  }

 private:
  int run() const {
    doctest::Context context;
    doctest_query::apply(context, arguments_);
    return context.run();
  }

  std::vector<std::string> arguments_;
  doctest::ContextOptions options_{};
  std::optional<interrupts_alone> interrupts_;
};

}  // namespace detail

/// What APART_DOCTEST_MAIN is made of, for a `main` of one's own.
inline int doctest_main(int argc, const char* const* argv, default_arguments defaults = {}) {
  if (detail::is_keeper()) return detail::run_keeper();
  detail::register_doctest_listener();
  detail::doctest_session session;
  return detail::framework_main(argc, argv, defaults, session);
}

APART_END_NAMESPACE
