#pragma once

#include <cstdlib>
#include <exception>
#include <optional>
#include <string>

#include <apart/detail/fork.hpp>
#include <apart/detail/phase.hpp>
#include <apart/detail/report.hpp>
#include <apart/error.hpp>
#include <apart/test/detail/running_test.hpp>
#include <apart/test/detail/serial_turn.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What comes around the body of a test: for frameworks that tell when it begins and ends (GoogleTest), and for those whose
/// bodies are functions that can be replaced (doctest, Boost.Test). One thread runs the tests.
///
/// The initializers run before the first body. Where one throws, or a serial test gets no turn, no body runs, and the test
/// fails with the reason. Clean-ups run when the body is left, in whatever way, and may still fail the test. A forked child
/// that comes back from its parent's body ends there, with the verdict so far.
class body_runner {
 public:
  /// Made while the program is loaded by one thread.
  static body_runner& of_this_program() {
    static auto* const runner = new body_runner;
    return *runner;
  }

  /// Before the first body of each test, and behind the last. Clean-ups of a body that was left by a jump out of a signal
  /// handler run here; it has failed.
  void test_begins() { test_failed.store(false); }
  void test_ends() {
    running_test::of_this_process().end([](const std::string& text) { report(text); });
    turn_.reset();
  }

  /// Why the body must not run; empty: it begins.
  std::string begin(const std::string& name, bool serial) {
    owner_ = process_owner();
    const std::string reason = reason_against(name, serial);
    kept_from_running_ = kept_from_running_ || !reason.empty();
    return reason;
  }

  /// The body has been left, or has not run. `fail(text)` fails the running test, without an exception.
  template <class Fail>
  void end(Fail fail) {
    if (!owner_.is_this_process()) std::_Exit(test_failed.load() ? EXIT_FAILURE : EXIT_SUCCESS);
    running_test::of_this_process().end(fail);
  }

  /// Both, and `body()` in between.
  template <class Body, class Fail>
  void run(const std::string& name, bool serial, Body body, Fail fail) {
    const std::string reason = begin(name, serial);
    if (!reason.empty()) return fail(reason);
    std::exception_ptr thrown;
    attempt(body, [&thrown](const char*) {
      thrown = std::current_exception();
      test_failed.store(true);
    });
    end(fail);
    if (thrown) std::rethrow_exception(thrown);
  }

  /// For a main that knows of a reason why no further body must run. Empty: none.
  std::string (*reason_not_to_run)() = [] { return std::string(); };

  /// Whether there was a body that did not run.
  bool kept_from_running() const noexcept { return kept_from_running_; }

 private:
  body_runner() : inside_a_test_(announce_test_process()) {}

  std::string reason_against(const std::string& name, bool serial) {
    std::string reason;
    const auto failed = [&reason](const char* text) { reason = text; };
    if (!attempt(prepare_process, failed)) return reason;
    const auto no_turn = [&](const char* text) {
      if (serial) reason = text;  // others go on: where they get no turn, no serial test does
    };
    if (!turn_) attempt([&] { turn_.emplace(serial, inside_a_test_); }, no_turn);
    if (reason.empty()) reason = reason_not_to_run();
    if (reason.empty()) attempt([&] { running_test::of_this_process().begin(name); }, failed);
    return reason;
  }

  const bool inside_a_test_;
  process_owner owner_;  ///< of the body
  bool kept_from_running_ = false;
  std::optional<serial_turn> turn_;  ///< while a test runs, with all of its bodies
};

}  // namespace detail
APART_END_NAMESPACE
