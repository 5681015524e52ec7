#pragma once

// The implementation of doctest is part of this header.
#ifndef DOCTEST_CONFIG_IMPLEMENT
#define DOCTEST_CONFIG_IMPLEMENT
#endif
#include <doctest/doctest.h>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What doctest makes of a command line, and which tests it selects, in the order of the run. Runs no test.
class doctest_query {
 public:
  explicit doctest_query(const std::vector<std::string>& arguments) {
    ask(arguments, "--" DOCTEST_CONFIG_OPTIONS_PREFIX "no-run");
    options_ = asked().options;
    ask(arguments, "--" DOCTEST_CONFIG_OPTIONS_PREFIX "list-test-cases");
    selected_ = std::move(asked().selected);
  }

  const doctest::ContextOptions& options() const noexcept { return options_; }
  const std::vector<const doctest::TestCaseData*>& selected() const noexcept { return selected_; }

  /// Options as doctest takes them from the command line.
  static void apply(doctest::Context& context, const std::vector<std::string>& arguments) {
    std::vector<const char*> pointers;
    for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
    context.applyCommandLine(static_cast<int>(pointers.size()), pointers.data());
  }

 private:
  struct answer {
    doctest::ContextOptions options{};
    std::vector<const doctest::TestCaseData*> selected;
  };

  static answer& asked() {
    static auto* const last = new answer;
    return *last;
  }

  struct reporter final : doctest::IReporter {
    explicit reporter(const doctest::ContextOptions& options) { asked().options = options; }
    void report_query(const doctest::QueryData& result) override {
      asked().selected.assign(result.data, result.data + result.num_data);
    }
    void test_run_start() override {}
    void test_run_end(const doctest::TestRunStats&) override {}
    void test_case_start(const doctest::TestCaseData&) override {}
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void test_case_end(const doctest::CurrentTestCaseStats&) override {}
    void test_case_exception(const doctest::TestCaseException&) override {}
    void subcase_start(const doctest::SubcaseSignature&) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData&) override {}
    void log_message(const doctest::MessageData&) override {}
    void test_case_skipped(const doctest::TestCaseData&) override {}
  };

  /// Nobody else hears of it: users' listeners may open files where they are made.
  static void ask(std::vector<std::string> arguments, const char* what) {
    doctest::reporterMap reporters{{{0, "apart"}, doctest::detail::reporterCreator<reporter>}};
    doctest::reporterMap listeners;
    doctest::getReporters().swap(reporters);
    doctest::getListeners().swap(listeners);
    std::ostream nowhere(nullptr);
    doctest::Context context;
    arguments.emplace_back(what);
    apply(context, arguments);
    context.addFilter("reporters", "apart");
    context.setCout(&nowhere);
    [[maybe_unused]] const int status = context.run();
    doctest::getReporters().swap(reporters);
    doctest::getListeners().swap(listeners);
  }

  doctest::ContextOptions options_{};
  std::vector<const doctest::TestCaseData*> selected_;
};

}  // namespace detail
APART_END_NAMESPACE
