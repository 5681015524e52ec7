#pragma once

#include <memory>
#include <string>
#include <vector>

#include <apart/context/detail/interrupts.hpp>
#include <apart/context/detail/process_contexts.hpp>
#include <apart/detail/signal_name.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Cancels this process's context for that signal.
inline void cancel_process_for(int signal) {
  const auto cause = std::make_shared<const std::string>("interrupted by " + signal_name(signal));
  process_contexts::instance().process()->cancel("interrupted", cause);
}

}  // namespace detail

/// While it lives, the first of these signals cancels `context::process()`, and with it every test and every wait of the
/// library, so that clean-ups run; the next one, of whatever kind, does what it did before, and as a rule ends the
/// process. What comes less than 500 ms after the first is the same wish: timeout(1) sends its signal twice.
///
///     int main() {
///       const apart::cancel_on_signals interrupts(SIGINT, SIGTERM);
///
/// For programs with a main of their own. Under APART_CATCH2_MAIN there is nothing to do: it has one while tests run,
/// and with --procs the launcher takes the signals, and cancels the contexts of all processes. A signal that is ignored
/// stays ignored, as nohup(1) wants it. Windows: SIGINT is Ctrl-C, SIGBREAK (21) Ctrl-Break, SIGTERM the end of the console,
/// of the session or of the machine, 5 s after which the process ends in any case. Test frameworks may take the signals for as long as a body runs, as Catch2 does.
///
/// Owner: one at a time in a process. Threads: the cancellation runs on a thread of its own, which takes no signals.
/// Destruction: the former handlers come back, and a cancellation that has begun is waited for, but not by itself; what
/// has been cancelled stays so. Fork: a signal does in the child what it did before, and reaches no context.
/// Errors: `apart::error` for a signal that nobody can catch, and for a second guard.
class [[nodiscard]] cancel_on_signals {
 public:
  template <class... Signals>
  [[nodiscard]] explicit cancel_on_signals(int signal, Signals... more)
      : interrupts_(std::vector<int>{signal, more...}, detail::cancel_process_for) {}
  cancel_on_signals(const cancel_on_signals&) = delete;
  cancel_on_signals& operator=(const cancel_on_signals&) = delete;

 private:
  detail::interrupts interrupts_;
};

APART_END_NAMESPACE
