#pragma once

#include <cstddef>
#include <deque>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include <apart/adapter/doctest.hpp>
#include <apart/launch/detail/doctest_query.hpp>
#include <apart/launch/framework.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Leads doctest from test to test. All tests of a worker are one run of doctest, which goes through the places of its
/// registry: just before it comes to one, the test that is to run next is put there. One at a time.
class doctest_places {
 public:
  /// From now on the registry holds as many places as there are tests in `selected`.
  doctest_places(const std::vector<const doctest::TestCaseData*>& selected, const framework::next_list& next,
                 const framework::reported& ended)
      : next_(next), ended_(ended) {
    for (const doctest::TestCaseData* const one : selected) tests_.push_back(static_cast<const test&>(*one));
    auto& registry = doctest::detail::getRegisteredTests();
    registry.clear();
    registry.insert(tests_.begin(), tests_.end());
    for (const test& place : registry) places_.push_back(const_cast<test*>(&place));
    current() = this;
  }
  doctest_places(const doctest_places&) = delete;
  doctest_places& operator=(const doctest_places&) = delete;
  ~doctest_places() { current() = nullptr; }

  /// Runs them.
  void run(doctest::Context& context) {
    constexpr const char* name = "apart worker";
    doctest::registerReporter<reporter>(name, 0, true);
    context.clearFilters();
    context.addFilter("reporters", name);
    context.setOption("order-by", "none");
    constexpr int most = std::numeric_limits<int>::max();
    context.setOption("first", 1);  // a zero would not count as given
    context.setOption("last", most);
    context.setOption("abort-after", most);
    context.setOption("no-skip", false);
    [[maybe_unused]] const int status = context.run();
  }

 private:
  using test = doctest::detail::TestCase;

  /// Shows what doctest's own reporter says of tests, but not what it says of the run.
  class reporter final : public doctest_deaf_reporter {
   public:
    explicit reporter(const doctest::ContextOptions& options) {
      for (const auto& [key, make] : doctest::getReporters()) {
        if (key.second == "console") console_.reset(make(options));
      }
    }

    void test_run_start() override { current()->put_next(); }
    void test_case_start(const doctest::TestCaseData& test) override { console_->test_case_start(test); }
    void test_case_reenter(const doctest::TestCaseData& test) override { console_->test_case_reenter(test); }
    void test_case_end(const doctest::CurrentTestCaseStats& test) override {
      console_->test_case_end(test);
      if (!crashed_) current()->end(test.testCaseSuccess ? outcome::passed : outcome::failed);
    }
    /// After a fatal signal doctest ends the test inside the signal handler.
    void test_case_exception(const doctest::TestCaseException& exception) override {
      console_->test_case_exception(exception);
      crashed_ = exception.is_crash;
    }
    void subcase_start(const doctest::SubcaseSignature& subcase) override { console_->subcase_start(subcase); }
    void subcase_end() override { console_->subcase_end(); }
    void log_assert(const doctest::AssertData& assertion) override { console_->log_assert(assertion); }
    void log_message(const doctest::MessageData& message) override { console_->log_message(message); }

   private:
    std::unique_ptr<doctest::IReporter> console_;
    bool crashed_ = false;
  };

  static doctest_places*& current() {
    static doctest_places* places = nullptr;
    return places;
  }

  void put_next() {
    if (at_ == list_.size()) {
      list_ = next_();
      at_ = 0;
    }
    if (list_.empty()) {  // doctest leaves out all places that are left
      for (; used_ < places_.size(); ++used_) places_[used_]->m_skip = true;
      return;
    }
    test& place = *places_.at(used_++);
    place = tests_[list_[at_]];
    place.m_skip = false;
    doctest_bodies::replace(place);
  }

  void end(outcome result) {
    const bool goes_on = ended_(list_[at_], {result, {}});
    at_ = goes_on ? at_ + 1 : list_.size();
    put_next();
  }

  const framework::next_list& next_;
  const framework::reported& ended_;
  std::deque<test> tests_;  ///< a vector would move them, which they forbid
  std::vector<test*> places_;
  std::size_t used_ = 0;  ///< how many of them
  std::vector<std::size_t> list_;
  std::size_t at_ = 0;  ///< where in the list the running test is
};

}  // namespace detail
APART_END_NAMESPACE
