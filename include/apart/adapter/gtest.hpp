#pragma once

#include <string>

#include <gtest/gtest.h>  // IWYU pragma: export

#include <apart/adapter/detail/body_runner.hpp>
#include <apart/adapter/test_tag.hpp>
#include <apart/detail/phase.hpp>
#include <apart/test/this_test.hpp>

/// Stands in one source file of a test program that has a `main` of its own, outside of any namespace: tells apart where
/// tests begin and end, and runs the initializers before the first one. APART_GTEST_MAIN contains it. In a second file it
/// does nothing more.
#define APART_GTEST_ADAPTER() \
  [[maybe_unused]] static const bool APART_GTEST_NAME(__LINE__) = (::apart::detail::register_gtest_listener(), true)
#define APART_GTEST_NAME(line) APART_GTEST_JOINED(line)
#define APART_GTEST_JOINED(line) apart_gtest_adapter_of_line_##line

APART_BEGIN_NAMESPACE

/// A fixture whose clean-ups run in its `TearDown`, while its members are still there. Without it they run when the fixture
/// is gone. One that has a `TearDown` of its own calls this one's, at whatever point it wants them to run.
///
///     struct OrdersTest : apart::gtest_fixture<> { … };
template <class Base = ::testing::Test>
class gtest_fixture : public Base {
 protected:
  void TearDown() override {
    this_test::run_cleanups();
    Base::TearDown();
  }
};

namespace detail {

/// "Suite.Test".
inline std::string gtest_name_of(const ::testing::TestInfo& test) {
  return std::string(test.test_suite_name()) + '.' + test.name();
}

/// Tells apart where tests begin and end: with OnTestStart, before the fixture is made, and with OnTestEnd, when it is gone.
/// Clean-ups run there, and may still fail the test.
///
/// Initializers run before the first environment is set up. Where one throws, each test fails with the reason, and no body
/// runs; fixtures are made and environments set up all the same, since GoogleTest asks nobody.
///
/// A serial test is alone in its run, see `serial_turn`; where it cannot be, it fails. Others go on where they get no turn:
/// then no serial test does. A forked child that comes back from its parent's test ends there, with the test's verdict.
class gtest_listener : public ::testing::EmptyTestEventListener {
 public:
  void OnTestIterationStart(const ::testing::UnitTest&, int) override {
    attempt(prepare_process, [](const char*) {});  // each test asks again, and fails with the reason
  }

  void OnTestStart(const ::testing::TestInfo& test) override {
    body_runner& runner = body_runner::of_this_program();
    runner.test_begins();
    const std::string name = gtest_name_of(test);
    const std::string reason = runner.begin(name, is_serial(test_tag::of(name)));
    if (!reason.empty()) fail(reason);
  }

  void OnTestPartResult(const ::testing::TestPartResult& part) override {
    if (part.failed()) test_failed.store(true);
  }

  void OnTestEnd(const ::testing::TestInfo&) override {
    body_runner& runner = body_runner::of_this_program();
    runner.end([](const std::string& text) { ADD_FAILURE_AT("apart", -1) << text; });
    runner.test_ends();
  }

  /// GoogleTest's.
  static inline gtest_listener* of_this_program = nullptr;

 private:
  /// Fatal, so that GoogleTest does not run the body.
  static void fail(const std::string& reason) { GTEST_FAIL_AT("apart", -1) << reason; }
};

/// Once in a program, while one thread has loaded it.
inline void register_gtest_listener() {
  if (gtest_listener::of_this_program != nullptr) return;
  static_cast<void>(body_runner::of_this_program());
  gtest_listener::of_this_program = new gtest_listener;
  ::testing::UnitTest::GetInstance()->listeners().Append(gtest_listener::of_this_program);
}

}  // namespace detail
APART_END_NAMESPACE
