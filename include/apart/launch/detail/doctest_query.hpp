#pragma once

// The implementation of doctest is part of this header.
#ifndef DOCTEST_CONFIG_IMPLEMENT
#define DOCTEST_CONFIG_IMPLEMENT
#endif
#include <doctest/doctest.h>

#include <ostream>
#include <string>
#include <vector>

#include <apart/adapter/doctest.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What doctest makes of a command line. Runs no test.
class doctest_query {
 public:
  static doctest::ContextOptions options(const std::vector<std::string>& arguments) {
    return ask(arguments, "--" DOCTEST_CONFIG_OPTIONS_PREFIX "no-run").options;
  }

  /// The tests that it selects, in the order of the run.
  static std::vector<const doctest::TestCaseData*> selection(const std::vector<std::string>& arguments) {
    return ask(arguments, "--" DOCTEST_CONFIG_OPTIONS_PREFIX "list-test-cases").selected;
  }

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

  struct reporter final : doctest_deaf_reporter {
    explicit reporter(const doctest::ContextOptions& options) { asked() = {options, {}}; }
    void report_query(const doctest::QueryData& result) override {
      asked().selected.assign(result.data, result.data + result.num_data);
    }
  };

  /// Nobody else hears of it: users' listeners may open files where they are made.
  static const answer& ask(std::vector<std::string> arguments, const char* what) {
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
    asked().options.cout = nullptr;
    return asked();
  }
};

}  // namespace detail
APART_END_NAMESPACE
