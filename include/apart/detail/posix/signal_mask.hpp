#pragma once

#include <apart/version.hpp>

#include <signal.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// Blocks every signal of the calling thread for a scope. A thread that is started in it inherits the mask, and so
/// takes no signal that is meant for the program.
class all_signals_blocked {
 public:
  all_signals_blocked() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~all_signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  all_signals_blocked(const all_signals_blocked&) = delete;
  all_signals_blocked& operator=(const all_signals_blocked&) = delete;

  const sigset_t& before() const noexcept { return before_; }

 private:
  sigset_t before_;
};

}  // namespace detail
APART_END_NAMESPACE
