#pragma once

#if defined(TWOBLUECUBES_SINGLE_INCLUDE_CATCH_HPP_INCLUDED) && !defined(CATCH_CONFIG_RUNNER)
#error \
    "apart: include <apart/launch/catch2_main.hpp> before <catch2/catch.hpp> in this file: it defines CATCH_CONFIG_RUNNER"
#endif
#ifndef CATCH_CONFIG_RUNNER
#define CATCH_CONFIG_RUNNER
#endif
#ifndef CATCH_CONFIG_EXTERNAL_INTERFACES
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#endif

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What differs between the generations of Catch2: here 2.13, whose implementation this file contains.
struct catch2_generation {
  using test = Catch::TestCase;

  static bool lists(const Catch::ConfigData& data) {
    return data.listTests || data.listTags || data.listReporters || data.listTestNamesOnly || data.libIdentify;
  }

  static std::vector<std::string> reporters(const Catch::ConfigData& data) { return {data.reporterName}; }
  static const std::string& output_file(const Catch::ConfigData& data) { return data.outputFilename; }

  static const Catch::TestCaseInfo& info(const test& selected) { return selected; }
  /// A session that lives as long as the worker and runs one test after the other.
  class runner {
   public:
    explicit runner(const Catch::ConfigData& data)
        : config_(std::make_shared<Catch::Config>(data)), context_(config_, Catch::makeReporter(config_)) {
      Catch::seedRng(*config_);
      context_.testGroupStarting(config_->name(), 1, 1);
    }
    ~runner() { context_.testGroupEnded(config_->name(), totals_, 1, 1); }
    runner(const runner&) = delete;
    runner& operator=(const runner&) = delete;

    Catch::Totals run(const test& next) {
      const Catch::Totals totals = context_.runTest(next);
      totals_ += totals;
      return totals;
    }

   private:
    std::shared_ptr<Catch::Config> config_;
    Catch::RunContext context_;
    Catch::Totals totals_;
  };

  /// In the order of the run, as Catch2 itself selects them.
  static std::vector<const test*> select(const Catch::ConfigData& data) {
    const auto config = std::make_shared<Catch::Config>(data);
    if (data.filenamesAsTags) Catch::applyFilenamesAsTags(*config);
    std::set<const test*> selected;
    const std::vector<test>& all = Catch::getAllTestCasesSorted(*config);
    const bool filtered = config->testSpec().hasFilters();
    for (const auto& match : config->testSpec().matchesByFilter(all, *config)) {
      selected.insert(match.tests.begin(), match.tests.end());
    }
    for (const test& one : all) {
      if (!filtered && !one.isHidden()) selected.insert(&one);
    }
    return {selected.begin(), selected.end()};
  }

  static bool skipped(const Catch::Totals&) { return false; }

  /// From now on `run(test)` stands for every body, after all that Catch2 does before one; `test.invoke()` is the body.
  /// The registry is not const, only what it shows of itself.
  static void run_bodies_by(void (*run)(const test&)) {
    struct replaced final : Catch::ITestInvoker {
      replaced(const test& whose, void (*by)(const test&)) : whole(whose), run(by) {}
      void invoke() const override { run(whole); }
      const test whole;
      void (*const run)(const test&);
    };
    for (const test& one : Catch::getRegistryHub().getTestCaseRegistry().getAllTests()) {
      const_cast<test&>(one) = test(new replaced(one, run), Catch::TestCaseInfo(one));
    }
  }
};

}  // namespace detail
APART_END_NAMESPACE
