#pragma once

#include <array>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <utility>
#include <vector>

#include <apart/detail/windows/stream_socket.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What stands for the signals that Windows does not have, by numbers that the C library does not use.
inline constexpr int child_has_ended = 17;
inline constexpr int pause_wanted = 20;  ///< never comes: Windows has no job control

/// Those of a run. SIGBREAK is 21. The end of the console, of the session or of the machine is SIGTERM.
inline std::vector<int> signals_of_a_run() { return {child_has_ended, SIGINT, SIGTERM, 21}; }

/// Nobody asks for it, see `pause_wanted`.
inline void pause_this_process() noexcept {}

/// The socket into which signals are written; none: -1.
inline std::atomic<int> signal_pipe_end{-1};

/// Turns signals into bytes that a `poll_set` can wait for. While it lives, the signals named do nothing else; then their
/// former handlers come back. One that is ignored stays ignored. One at a time in a process.
class signal_pipe {
 public:
  explicit signal_pipe(std::vector<int> signals) : signals_(std::move(signals)), before_(signals_.size(), SIG_ERR) {
    if (const int code = connect_pair(ends_)) raise_system(code, "a pair of sockets for signals");
    signal_pipe_end.store(static_cast<int>(ends_[1].get()));
    for (std::size_t i = 0; i < signals_.size(); ++i) {
      if (signals_[i] == child_has_ended) continue;
      before_[i] = std::signal(signals_[i], SIG_IGN);
      if (before_[i] != SIG_IGN) std::signal(signals_[i], on_signal);
    }
    watches_console_ = ::SetConsoleCtrlHandler(on_end_of_console, 1) != 0;
  }
  ~signal_pipe() {
    if (watches_console_) ::SetConsoleCtrlHandler(on_end_of_console, 0);
    for (std::size_t i = 0; i < signals_.size(); ++i) {
      if (before_[i] != SIG_ERR) std::signal(signals_[i], before_[i]);
    }
    signal_pipe_end.store(-1);
  }
  signal_pipe(const signal_pipe&) = delete;
  signal_pipe& operator=(const signal_pipe&) = delete;

  int descriptor() const noexcept { return static_cast<int>(ends_[0].get()); }

  /// The next signal that has arrived; 0: none.
  int take() noexcept {
    char signal = 0;
    return receive_some(descriptor(), &signal, 1, patience::does_not_wait) == 1 ? signal : 0;
  }

  /// As if it had arrived. Any thread; nothing where there is no pipe.
  static void put(int signal) noexcept {
    const int end = signal_pipe_end.load();
    const char byte = static_cast<char>(signal);
    if (end >= 0) send_some(end, &byte, 1, patience::does_not_wait);
  }

 private:
  static void on_signal(int signal) {
    std::signal(signal, on_signal);  // the C library has put the default in its place
    put(signal);
  }

  static int __stdcall on_end_of_console(unsigned long event) {
    constexpr unsigned long closed = 2, logged_off = 5, shut_down = 6;  // CTRL_..._EVENT
    if (event != closed && event != logged_off && event != shut_down) return 0;
    put(SIGTERM);
    for (;;) ::Sleep(1000);  // the process would end at the return; so Windows ends it, 5 s later at the latest
  }

  std::vector<int> signals_;
  std::vector<void (*)(int)> before_;
  std::array<owned_socket, 2> ends_;
  bool watches_console_ = false;
};

}  // namespace detail
APART_END_NAMESPACE
