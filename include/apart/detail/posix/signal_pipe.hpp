#pragma once

#include <array>
#include <atomic>
#include <cerrno>
#include <vector>

#include <apart/error.hpp>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

inline constexpr int child_has_ended = SIGCHLD;
inline constexpr int pause_wanted = SIGTSTP;

/// Those that a run heeds.
inline std::vector<int> signals_of_a_run() { return {child_has_ended, SIGINT, SIGTERM, SIGHUP, pause_wanted}; }

/// As a shell's job control wants it; returns when it is continued.
inline void pause_this_process() noexcept { ::raise(SIGSTOP); }

inline std::atomic<int> signal_pipe_end{-1};

/// Turns signals into bytes that poll(2) can wait for. While it lives, the signals named do nothing else; then their
/// former handlers come back. One that is ignored stays ignored, as nohup(1) wants it, but for SIGCHLD: while that is
/// ignored nobody can wait for a child (wait(2)). One at a time in a process.
class signal_pipe {
 public:
  explicit signal_pipe(std::vector<int> signals) : signals_(std::move(signals)), before_(signals_.size()) {
    if (::pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK) != 0) raise_system(errno, "a pipe for signals");
    signal_pipe_end.store(ends_[1]);
    struct sigaction action {};
    action.sa_flags = SA_RESTART;
    action.sa_handler = [](int signal) {
      const int saved = errno;
      const auto byte = static_cast<unsigned char>(signal);
      [[maybe_unused]] const ssize_t told = ::write(signal_pipe_end.load(), &byte, 1);
      errno = saved;
    };
    ::sigfillset(&action.sa_mask);
    for (std::size_t i = 0; i < signals_.size(); ++i) {
      ::sigaction(signals_[i], nullptr, &before_[i]);
      const bool stays = before_[i].sa_handler == SIG_IGN && signals_[i] != SIGCHLD;
      if (!stays) ::sigaction(signals_[i], &action, nullptr);
    }
  }
  ~signal_pipe() {
    for (std::size_t i = 0; i < signals_.size(); ++i) ::sigaction(signals_[i], &before_[i], nullptr);
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  signal_pipe(const signal_pipe&) = delete;
  signal_pipe& operator=(const signal_pipe&) = delete;

  int descriptor() const noexcept { return ends_[0]; }

  /// The next signal that has arrived; 0: none.
  int take() noexcept {
    unsigned char signal = 0;
    return ::read(ends_[0], &signal, 1) == 1 ? signal : 0;
  }

 private:
  std::vector<int> signals_;
  std::vector<struct sigaction> before_;
  std::array<int, 2> ends_{};
};

}  // namespace detail
APART_END_NAMESPACE
