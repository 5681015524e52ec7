#pragma once

#include <atomic>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#if __has_include(<catch2/catch_all.hpp>)
#include <apart/launch/detail/catch2_v3.hpp>
#else
#include <apart/launch/detail/catch2_v2.hpp>
#endif

#include <apart/adapter/catch2.hpp>
#include <apart/context/cancel_on_signals.hpp>
#include <apart/detail/report.hpp>
#include <apart/detail/signal_actions.hpp>
#include <apart/detail/signal_name.hpp>
#include <apart/test/detail/running_test.hpp>

#include <signal.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// All tests in this process, by Catch2's own session, and what the launcher would have done for them: no body runs in a
/// process that could not be initialized, the first SIGINT or SIGTERM cancels the running test and lets no other body
/// begin, and a later one ends the process. A test whose body did not run has failed, and says why.
///
/// Catch2 takes both signals for as long as a body runs; they are taken back when it begins. A guard of the program's
/// own (`cancel_on_signals`) is left in its place. One at a time, once in a process.
class catch2_alone {
 public:
  catch2_alone() {
    if (!interrupts::any()) guard_.emplace(std::vector<int>{SIGINT, SIGTERM}, interrupted);
    actions_.emplace(std::vector<int>{SIGINT, SIGTERM});
    catch2_listener::will_be_asked();
    catch2_generation::run_bodies_by(run_body);
  }

  /// The process's exit status: no success where a body was kept from running, also of a [!shouldfail].
  int run(Catch::Session& session) {
    const int status = session.run();
    return status == EXIT_SUCCESS && kept_from_running_ ? EXIT_FAILURE : status;
  }

 private:
  static void run_body(const catch2_generation::test& body) {
    actions_->put_back();
    std::string reason = catch2_listener::reason_not_to_run();
    if (reason.empty() && interrupted_by_ != 0) {
      reason = "not run: the run was interrupted by " + signal_name(interrupted_by_);
    }
    if (reason.empty()) return body.invoke();
    kept_from_running_ = true;
    catch2_listener::fail(reason);
  }

  static void interrupted(int signal) {
    interrupted_by_ = signal;
    const std::string test = running_test::of_this_process().copy_of_name();
    report(
        "the run was interrupted by " + signal_name(signal) +
        (test.empty() ? ": no other test begins" : ": the running test is cancelled, and its clean-ups run: " + test) +
        "; another interrupt ends the process");
    cancel_process_for(signal);
  }

  static inline std::atomic<int> interrupted_by_{0};
  static inline bool kept_from_running_ = false;
  static inline std::optional<signal_actions> actions_;
  std::optional<interrupts> guard_;
};

}  // namespace detail
APART_END_NAMESPACE
