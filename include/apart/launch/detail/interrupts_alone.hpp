#pragma once

#include <atomic>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include <apart/context/cancel_on_signals.hpp>
#include <apart/detail/report.hpp>
#include <apart/detail/signal_actions.hpp>
#include <apart/detail/signal_name.hpp>
#include <apart/test/detail/running_test.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What the launcher would do upon signals, for tests that all run in this process: the first SIGINT or SIGTERM cancels the
/// running test, and there is a reason why no other body must begin; a later one ends the process. A guard of the program's
/// own (`cancel_on_signals`) is left in its place. One at a time, once in a process.
class interrupts_alone {
 public:
  interrupts_alone() {
    const std::vector<int> signals{SIGINT, SIGTERM};
    if (!interrupts::any()) guard_.emplace(signals, interrupted);
    actions_.emplace(signals);
  }

  static bool any() noexcept { return interrupted_by_ != 0; }

  /// Why the body that is about to begin must not run; empty: none. Some frameworks take both signals for as long as a body
  /// runs: here they are taken back.
  static std::string reason_not_to_run() {
    actions_->put_back();
    return interrupted_by_ == 0 ? std::string() : "not run: the run was interrupted by " + signal_name(interrupted_by_);
  }

 private:
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
  static inline std::optional<signal_actions> actions_;  ///< as they are to be while a body runs
  std::optional<interrupts> guard_;
};

}  // namespace detail
APART_END_NAMESPACE
