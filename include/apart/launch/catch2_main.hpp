#pragma once

// The implementation of Catch2 2.13 is part of this header, so it comes first.
#if __has_include(<catch2/catch_all.hpp>)
#include <apart/launch/detail/catch2_v3.hpp>
#else
#include <apart/launch/detail/catch2_v2.hpp>
#endif

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <apart/adapter/catch2.hpp>
#include <apart/launch/command_line.hpp>
#include <apart/launch/detail/catch2_alone.hpp>
#include <apart/launch/detail/framework_main.hpp>
#include <apart/launch/framework.hpp>
#include <apart/launch/options.hpp>

/// Stands in one source file of a test program, outside of any namespace, and is its `main`. Everything that Catch2
/// does with a command line it still does; `--procs=N` runs the selected tests on N processes. Tests with the tag
/// [serial] run alone, at the end; without `--procs` alone among the processes of a run that somebody else has started.
/// Of tests with the tag [group:postgres:2] at most 2 run at once with `--procs`; the name and the number are yours.
/// Either way no body runs in a process that could not be initialized, and SIGINT and SIGTERM cancel the running tests.
/// The macro's arguments stand before those of the command line: APART_CATCH2_MAIN("--own-directory", "--link=data").
#define APART_CATCH2_MAIN(...)                                                              \
  int main(int argc, char** argv) { return apart::catch2_main(argc, argv, {__VA_ARGS__}); } \
  static_assert(true, "stands for the semicolon behind the macro")

APART_BEGIN_NAMESPACE
namespace detail {

/// What selects the test of that name alone, as an argument. A star at either end of the name stands for anything; it
/// cannot be quoted.
inline std::string catch2_pattern_of(const std::string& test) {
  std::string pattern;
  for (const char byte : test) {
    const bool first = pattern.empty() && (byte == '~' || byte == '-');
    if (byte == '\\' || byte == ',' || byte == '[' || byte == '"' || first) pattern += '\\';
    pattern += byte;
  }
  return pattern;
}

/// Catch2 as the launcher sees it: a test is a test case, handed over by its place in the list, and one RunContext per
/// worker runs them all.
class catch2_framework final : public framework {
 public:
  catch2_framework(Catch::Session& session, const std::vector<std::string>& arguments)
      : data_(session.configData()), seed_is_given_(gives_seed(arguments)) {
    data_.abortAfter = -1;  // the launcher counts failures
  }

  std::uint32_t seed() const override { return data_.rngSeed; }
  bool seed_is_given() const override { return seed_is_given_; }

  std::vector<std::string> arguments_for(const std::string& test, std::optional<std::uint32_t> seed) const override {
    std::vector<std::string> arguments{catch2_pattern_of(test)};
    if (seed) arguments.insert(arguments.end(), {"--rng-seed", std::to_string(*seed)});
    return arguments;
  }

  std::vector<planned_test> select(std::uint32_t seed) override {
    data_.rngSeed = seed;
    selected_ = catch2_generation::select(data_);
    std::vector<planned_test> tests;
    for (const catch2_generation::test* test : selected_) {
      const Catch::TestCaseInfo& info = catch2_generation::info(*test);
      tests.push_back({info.name, catch2_has_tag(info, "serial"), false, groups_in(catch2_tags(info))});
    }
    return tests;
  }

  void run(const next_list& next, const reported& ended) override {
    catch2_generation::runner runner(data_);
    for (std::vector<std::size_t> list = next(); !list.empty(); list = next()) {
      for (const std::size_t index : list) {
        const Catch::Totals totals = runner.run(*selected_[index]);
        const outcome result = totals.testCases.failed > 0          ? outcome::failed
                               : catch2_generation::skipped(totals) ? outcome::skipped
                                                                    : outcome::passed;
        if (!ended(index, {result, {}})) break;
      }
    }
  }

 private:
  static bool gives_seed(const std::vector<std::string>& arguments) {
    constexpr std::string_view option = "--rng-seed";
    for (const std::string& argument : arguments) {
      if (argument.compare(0, option.size(), option) == 0) return true;
    }
    return false;
  }

  Catch::ConfigData data_;
  const bool seed_is_given_;
  std::vector<const catch2_generation::test*> selected_;
};

class catch2_session final : public framework_session {
 public:
  int take(const std::vector<std::string>& arguments) override {
    std::vector<const char*> pointers;
    for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
    arguments_ = arguments;
    return session_.applyCommandLine(static_cast<int>(pointers.size()), pointers.data());
  }

  bool helps() const override { return const_cast<Catch::Session&>(session_).configData().showHelp; }
  bool lists() const override { return catch2_generation::lists(const_cast<Catch::Session&>(session_).configData()); }
  int help_or_list() override { return session_.run(); }

  void prepare_launch(launch_options& options) override {
    const Catch::ConfigData& data = session_.configData();
    for (const std::string& reporter : catch2_generation::reporters(data)) {
      if (reporter != "console" && reporter != "compact") {
        raise(error(fmt::format(
            "--procs: the reporter \"{}\" describes one process; leave it out, or run without --procs", reporter)));
      }
    }
    if (!catch2_generation::output_file(data).empty()) {
      raise(error("--procs: --out is one process's file; redirect the output, or run without --procs"));
    }
    if (data.abortAfter > 0) options.max_failures = static_cast<std::size_t>(data.abortAfter);
    options.verbose = options.verbose || data.showSuccessfulTests;
  }

  std::unique_ptr<framework> tests() override { return std::make_unique<catch2_framework>(session_, arguments_); }

  void prepare_alone() override { alone_.emplace(); }
  int run_alone() override { return status_ = alone_->run(session_); }
  /// Catch2 3 says so by its exit status, which is the number of failed assertions, too.
  bool all_skipped() const override { return status_ == 4 && !catch2_listener::any_failed(); }

 private:
  Catch::Session session_;
  std::vector<std::string> arguments_;
  std::optional<catch2_alone> alone_;
  int status_ = 0;
};

}  // namespace detail

/// What APART_CATCH2_MAIN is made of, for a `main` of one's own.
inline int catch2_main(int argc, const char* const* argv, default_arguments defaults = {}) {
  if (detail::is_keeper()) return detail::run_keeper();
  detail::register_catch2_listener();
  detail::catch2_session session;
  return detail::framework_main(argc, argv, defaults, session);
}

APART_END_NAMESPACE
