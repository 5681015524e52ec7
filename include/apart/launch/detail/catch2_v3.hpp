#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_config.hpp>
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/catch_version_macros.hpp>
#include <catch2/interfaces/catch_interfaces_registry_hub.hpp>
#include <catch2/interfaces/catch_interfaces_reporter_factory.hpp>
#include <catch2/interfaces/catch_interfaces_test_invoker.hpp>
#include <catch2/interfaces/catch_interfaces_testcase.hpp>
#include <catch2/internal/catch_context.hpp>
#include <catch2/internal/catch_istream.hpp>
#include <catch2/internal/catch_random_number_generator.hpp>
#include <catch2/internal/catch_reporter_registry.hpp>
#include <catch2/internal/catch_run_context.hpp>
#include <catch2/internal/catch_sharding.hpp>
#include <catch2/internal/catch_test_case_registry_impl.hpp>
#include <catch2/internal/catch_unique_ptr.hpp>
#include <catch2/reporters/catch_reporter_multi.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What differs between the generations of Catch2: here 3.x.
struct catch2_generation {
  using test = Catch::TestCaseHandle;

  static bool lists(const Catch::ConfigData& data) {
    return data.listTests || data.listTags || data.listReporters || data.listListeners || data.libIdentify;
  }

  static std::vector<std::string> reporters(const Catch::ConfigData& data) {
    std::vector<std::string> names;
    for (const Catch::ReporterSpec& spec : data.reporterSpecifications) names.push_back(spec.name());
    return names;
  }
  static const std::string& output_file(const Catch::ConfigData& data) { return data.defaultOutputFilename; }

  static const Catch::TestCaseInfo& info(const test& selected) { return selected.getTestCaseInfo(); }
  /// A session that lives as long as the worker and runs one test after the other.
  class runner {
   public:
    explicit runner(const Catch::ConfigData& data) : config_(data), context_(&config_, make_reporters()) {}

    Catch::Totals run(const test& next) { return context_.runTest(next); }

   private:
    Catch::IEventListenerPtr make_reporters() {
      Catch::seedRng(config_);
      Catch::getCurrentMutableContext().setConfig(&config_);
      auto all = Catch::Detail::make_unique<Catch::MultiReporter>(&config_);
      const auto& registry = Catch::getRegistryHub().getReporterRegistry();
      for (const auto& listener : registry.getListeners()) all->addListener(listener->create(&config_));
      for (const auto& spec : config_.getProcessedReporterSpecs()) {
        all->addReporter(
            registry.create(spec.name, Catch::ReporterConfig(&config_, Catch::makeStream(spec.outputFilename),
                                                             spec.colourMode, spec.customOptions)));
      }
      return all;
    }

    Catch::Config config_;
    Catch::RunContext context_;
  };

  /// In the order of the run, as Catch2 itself selects them.
  static std::vector<const test*> select(const Catch::ConfigData& data) {
    static std::unique_ptr<const Catch::Config> last;  // which Catch2 refers to until there is another one
    auto next = std::make_unique<const Catch::Config>(data);
    const Catch::Config& config = *next;
    Catch::getCurrentMutableContext().setConfig(&config);
    Catch::seedRng(config);
    if (data.filenamesAsTags && last == nullptr) {
      for (Catch::TestCaseInfo* info : Catch::getRegistryHub().getTestCaseRegistry().getAllInfos()) {
        info->addFilenameTag();
      }
    }
    std::set<const test*> selected;
    last = std::move(next);
    const std::vector<test>& all = Catch::getAllTestCasesSorted(config);
    const bool filtered = config.testSpec().hasFilters();
    if (filtered) {
      for (const auto& match : config.testSpec().matchesByFilter(all, config)) {
        selected.insert(match.tests.begin(), match.tests.end());
      }
    }
    for (const test& one : all) {
      if (!filtered && !one.getTestCaseInfo().isHidden()) selected.insert(&one);
    }
    selected = Catch::createShard(selected, data.shardCount, data.shardIndex);
    return {selected.begin(), selected.end()};
  }

  static bool skipped(const Catch::Totals& totals) { return totals.testCases.skipped > 0; }

  /// From now on `run(test)` stands for every body, after all that Catch2 does before one; `test.invoke()` is the body.
  /// The registry is not const, only what it shows of itself.
  static void run_bodies_by(void (*run)(const test&)) {
    struct replaced final : Catch::ITestInvoker {
      replaced(const test& whose, void (*by)(const test&)) : whole(whose), run(by) {}
      void invoke() const override { run(whole); }
#if CATCH_VERSION_MAJOR > 3 || CATCH_VERSION_MINOR >= 7
      void prepareTestCase() override { whole.prepareTestCase(); }
      void tearDownTestCase() override { whole.tearDownTestCase(); }
#endif
      const test whole;
      void (*const run)(const test&);
    };
    static std::deque<replaced> all;
    for (const test& one : Catch::getRegistryHub().getTestCaseRegistry().getAllTests()) {
      const_cast<test&>(one) =
          test(const_cast<Catch::TestCaseInfo*>(&one.getTestCaseInfo()), &all.emplace_back(one, run));
    }
  }
};

}  // namespace detail
APART_END_NAMESPACE
