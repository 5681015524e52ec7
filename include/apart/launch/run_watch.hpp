#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <fmt/format.h>

#include <apart/detail/duration.hpp>
#include <apart/detail/same_interrupt.hpp>
#include <apart/detail/saturate.hpp>
#include <apart/detail/signal_name.hpp>
#include <apart/detail/signal_pipe.hpp>
#include <apart/launch/detail/test_clock.hpp>
#include <apart/launch/options.hpp>

APART_BEGIN_NAMESPACE

/// What ends a run before its tests do: interrupts (SIGINT, SIGTERM, SIGHUP), and the end of its time (`--run-timeout`).
/// Either takes the next of three steps: running tests are cancelled, the processes are asked to end, they are killed.
/// Signals that come less than 500 ms after the last one that counted are the same interrupt; the time takes a step each
/// grace. It outlives all rounds. One at a time in a process.
class run_watch {
 public:
  using moment = std::chrono::steady_clock::time_point;

  enum class step { none, cancel, ask, kill };

  struct order {
    step what = step::none;
    std::string cause;        ///< for the contexts that are cancelled
    std::string text;         ///< for people
    bool with_stack = false;  ///< who is asked to end is to say where it is
  };

  /// `limit` is counted from now on.
  explicit run_watch(std::chrono::nanoseconds limit) : limit_(limit), next_(detail::from_now(limit)) {}

  const detail::signal_pipe& signals() const noexcept { return signals_; }
  /// The next signal that has arrived; 0: none.
  int take_signal() noexcept { return signals_.take(); }

  /// When the time takes its next step.
  moment next() const noexcept { return next_; }

  /// Whether a step has been taken.
  bool stopped() const noexcept { return last_ != step::none; }

  /// What is to be done upon that signal.
  order interrupted(int signal, moment now) {
    if (interrupts_ > 0 && now - interrupted_ < detail::same_interrupt) return {};
    interrupted_ = now;
    ++interrupts_;
    const std::string cause = "the run was interrupted by " + detail::signal_name(signal);
    const std::string told = interrupts_ == 1 ? cause : interrupts_ == 2 ? "a second interrupt" : "a third interrupt";
    switch (climb()) {
      case step::cancel:
        return {last_, cause,
                told + ": running tests are cancelled, and their clean-ups run; another interrupt ends them"};
      case step::ask:
        return {last_, cause, told + ": the processes of the run are asked to end (SIGTERM)"};
      default:
        return {last_, cause, told + ": the processes of the run are killed"};
    }
  }

  /// What is to be done at that moment.
  order look(moment now) {
    if (now < next_) return {};
    next_ = now + detail::grace_after(limit_);
    const std::string cause = "the run has taken longer than --run-timeout=" + detail::in_words(limit_);
    switch (climb()) {
      case step::cancel:
        return {last_, cause, cause + ": running tests are cancelled, and their clean-ups run"};
      case step::ask:
        return {last_, cause, cause + ", and goes on: its processes are asked to end", true};
      default:
        return {last_, cause, cause + ", and goes on: its processes are killed"};
    }
  }

  /// The run was stopped for that long.
  void shift(std::chrono::nanoseconds paused) noexcept {
    if (next_ != moment::max()) next_ += paused;
  }

 private:
  step climb() noexcept {
    last_ = last_ == step::none ? step::cancel : last_ == step::cancel ? step::ask : step::kill;
    return last_;
  }

  detail::signal_pipe signals_{detail::signals_of_a_run()};
  const std::chrono::nanoseconds limit_;
  moment next_;
  step last_ = step::none;
  int interrupts_ = 0;
  moment interrupted_{};  ///< when the last interrupt came that counted
};

APART_END_NAMESPACE
