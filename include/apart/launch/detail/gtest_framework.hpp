#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <apart/adapter/detail/glob.hpp>
#include <apart/adapter/gtest.hpp>
#include <apart/detail/environment.hpp>
#include <apart/detail/random.hpp>
#include <apart/detail/silenced_stdout.hpp>
#include <apart/error.hpp>
#include <apart/launch/detail/gtest_printer.hpp>
#include <apart/launch/detail/gtest_watcher.hpp>
#include <apart/launch/framework.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What `--gtest_filter` takes for the test of that name alone. What means something to a filter is told by a ?, which
/// stands for any byte.
inline std::string gtest_pattern_of(std::string name) {
  for (char& byte : name) {
    if (byte == ':' || byte == '-' || byte == '*') byte = '?';
  }
  return name;
}

/// GoogleTest as the launcher sees it: for each list of tests a filter of their names. The tests of a suite come together, so
/// that its SetUpTestSuite runs once for each list that has some of them; so do the environments, for each list.
class gtest_framework final : public framework {
 public:
  gtest_framework() : seed_(GTEST_FLAG_GET(random_seed)), seed_is_given_(seed_ != 0) {
    if (!seed_is_given_) seed_ = static_cast<std::int32_t>(random_bits() % most_seeds) + 1;
    GTEST_FLAG_SET(output, "");
  }

  std::uint32_t seed() const override { return static_cast<std::uint32_t>(seed_); }
  bool seed_is_given() const override { return seed_is_given_; }

  std::vector<std::string> arguments_for(const std::string& test, std::optional<std::uint32_t> seed) const override {
    std::vector<std::string> arguments{"--gtest_filter=" + gtest_pattern_of(test)};
    if (seed) arguments.push_back(fmt::format("--gtest_random_seed={}", flag_of(*seed)));
    if (GTEST_FLAG_GET(also_run_disabled_tests)) arguments.emplace_back("--gtest_also_run_disabled_tests");
    return arguments;
  }

  std::vector<planned_test> select(std::uint32_t seed) override {
    GTEST_FLAG_SET(random_seed, flag_of(seed));
    if (!asked_) ask();
    return planned_;
  }

  void run(const next_list& next, const reported& ended) override {
    GTEST_FLAG_SET(shuffle, false);  // the launcher does these
    GTEST_FLAG_SET(repeat, -1);
    ::testing::TestEventListeners& listeners = ::testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_xml_generator());
    // They hear of an end in the reverse of their order: the watcher when clean-ups have run and all has been printed.
    listeners.Append(new gtest_watcher([this, &next] { return choose(next()); }, ended));
    if (auto* const printer = listeners.Release(listeners.default_result_printer())) {
      listeners.Append(new gtest_printer(printer));
    }
    listeners.Append(listeners.Release(gtest_listener::of_this_program));
    [[maybe_unused]] const int status = RUN_ALL_TESTS();
  }

 private:
  static constexpr std::uint32_t most_seeds = 99999;  ///< GoogleTest's own limit

  static std::int32_t flag_of(std::uint32_t seed) { return static_cast<std::int32_t>((seed - 1) % most_seeds) + 1; }

  /// Only these are to run.
  gtest_watcher::tests_by_name choose(const std::vector<std::size_t>& list) const {
    std::string filter;
    gtest_watcher::tests_by_name tests;
    for (const std::size_t index : list) {
      const std::string& name = planned_[index].name;
      filter += (filter.empty() ? "" : ":") + gtest_pattern_of(name);
      tests.emplace(name, index);
    }
    GTEST_FLAG_SET(filter, filter);
    if (!tests.empty()) decide_what_runs();
    return tests;
  }

  /// The tests that the command line and the variables select; its shards are parts of the run.
  void ask() {
    asked_ = true;
    const std::vector<bool> of_this_shard = runnable();
    const bool sharded = variable("GTEST_TOTAL_SHARDS").has_value();
    for (const char* of_shards : {"GTEST_TOTAL_SHARDS", "GTEST_SHARD_INDEX", "GTEST_SHARD_STATUS_FILE"}) {
      static_cast<void>(set_variable(of_shards, std::nullopt));
    }
    const std::vector<bool> all = sharded ? runnable() : of_this_shard;
    std::size_t at = 0;
    for_each_test([&](const ::testing::TestInfo& test) {
      const bool elsewhere = !of_this_shard[at];
      if (!all[at++]) return;
      std::string name = gtest_name_of(test);
      const std::vector<std::string> tags = test_tag::of(name);
      planned_.push_back({std::move(name), is_serial(tags), elsewhere, groups_in(tags), test.test_suite_name(), true});
    });
    refuse_look_alikes();
  }

  template <class Function>
  static void for_each_test(Function function) {
    const ::testing::UnitTest& program = *::testing::UnitTest::GetInstance();
    for (int suite = 0; suite < program.total_test_suite_count(); ++suite) {
      const ::testing::TestSuite& tests = *program.GetTestSuite(suite);
      for (int test = 0; test < tests.total_test_count(); ++test) function(*tests.GetTestInfo(test));
    }
  }

  /// GoogleTest does so by its flags whenever it is asked to list the tests; the list is of no use, since it hides parts of
  /// names.
  static void decide_what_runs() {
    const silenced_stdout of_the_list;
    GTEST_FLAG_SET(list_tests, true);
    [[maybe_unused]] const int status = RUN_ALL_TESTS();
    GTEST_FLAG_SET(list_tests, false);
  }

  static std::vector<bool> runnable() {
    decide_what_runs();
    std::vector<bool> runs;
    for_each_test([&runs](const ::testing::TestInfo& test) { runs.push_back(test.should_run()); });
    return runs;
  }

  /// Those that no filter can tell apart.
  void refuse_look_alikes() const {
    std::unordered_set<std::string_view> names;
    for (const planned_test& test : planned_) {
      if (!names.insert(test.name).second) refuse_pair(test.name, test.name);
    }
    for (const planned_test& test : planned_) {
      const std::string pattern = gtest_pattern_of(test.name);
      if (pattern.find('?') == std::string::npos) continue;
      for (const planned_test& other : planned_) {
        if (&other != &test && matches_glob(pattern, other.name)) refuse_pair(test.name, other.name);
      }
    }
  }

  [[noreturn]] static void refuse_pair(const std::string& one, const std::string& other) {
    raise(error(
        fmt::format("GoogleTest's filter cannot tell the tests \"{}\" and \"{}\" apart; rename one", one, other)));
  }

  std::int32_t seed_;
  const bool seed_is_given_;
  bool asked_ = false;
  std::vector<planned_test> planned_;
};

}  // namespace detail
APART_END_NAMESPACE
