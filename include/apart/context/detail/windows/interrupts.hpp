#pragma once

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <apart/detail/same_interrupt.hpp>
#include <apart/detail/windows/api.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What the handlers touch. Static, since one may still run on another thread while the guard goes.
struct interrupt_state {
  using handler = void (*)(int);
  using clock = std::chrono::steady_clock;
  static constexpr int none = 0;
  static constexpr int no_more = -1;

  std::atomic<bool> guarded{false};  ///< a guard lives
  std::mutex mutex;                  ///< of what follows
  std::condition_variable changed;
  int arrived = none;         ///< the first signal, or that the guard has gone before there was one
  bool counted_any = false;   ///< whether one has come that counted,
  clock::time_point counted;  ///< and when the last one did
  std::chrono::nanoseconds same{};
  std::array<handler, 32> before{};

  static interrupt_state& instance() noexcept {
    static interrupt_state state;
    return state;
  }
};

/// Sees to it that the first of some signals calls a function, on a thread of its own, and that a later one does what it
/// did before; those that come within `same` after one that counted are dropped. The C library makes SIGINT of Ctrl-C and
/// SIGBREAK of Ctrl-Break, on a thread of its own. The end of the console, of the session or of the machine is SIGTERM
/// here; Windows ends the process 5 s after that at the latest.
class interrupts {
 public:
  interrupts(std::vector<int> signals, void (*told)(int signal), std::chrono::nanoseconds same = same_interrupt)
      : signals_(std::move(signals)) {
    interrupt_state& state = interrupt_state::instance();
    if (state.guarded.exchange(true)) {
      raise(error("cancel_on_signals: another one lives in this process; name all signals in one"));
    }
    state.arrived = interrupt_state::none;
    state.counted_any = false;
    state.same = same;
    fault failed = start_thread(told);
    for (std::size_t i = 0; i < signals_.size() && !failed; ++i) failed = take(signals_[i]);
    if (!failed) return;
    end();
    raise_if(failed);
  }
  ~interrupts() { end(); }

  /// Whether one lives in this process.
  static bool any() noexcept { return interrupt_state::instance().guarded.load(); }

  interrupts(const interrupts&) = delete;
  interrupts& operator=(const interrupts&) = delete;

 private:
  static void on_signal(int signal) {
    std::signal(signal, on_signal);  // the C library has put the default in its place
    if (taken(signal)) return;
    std::signal(signal, interrupt_state::instance().before[static_cast<std::size_t>(signal)]);
    std::raise(signal);
  }

  static int __stdcall on_end_of_console(unsigned long event) {
    constexpr unsigned long closed = 2, logged_off = 5, shut_down = 6;  // CTRL_..._EVENT
    const bool is_end = event == closed || event == logged_off || event == shut_down;
    if (!is_end || !taken(SIGTERM)) return 0;
    for (;;) ::Sleep(1000);  // the process would end at the return
  }

  /// Whether the signal is the guard's, and not for what stood before it.
  static bool taken(int signal) {
    interrupt_state& state = interrupt_state::instance();
    const std::lock_guard<std::mutex> lock(state.mutex);
    if (state.arrived == interrupt_state::no_more) return false;
    const auto now = interrupt_state::clock::now();
    if (state.counted_any) {
      if (now - state.counted < state.same) return true;
      state.counted = now;
      return false;
    }
    state.counted_any = true;
    state.counted = now;
    state.arrived = signal;
    state.changed.notify_all();
    return true;
  }

  fault start_thread(void (*told)(int signal)) {
    fault failed;
    attempt(
        [&] {
          thread_ = std::thread([told] {
            interrupt_state& state = interrupt_state::instance();
            std::unique_lock<std::mutex> lock(state.mutex);
            state.changed.wait(lock, [&state] { return state.arrived != interrupt_state::none; });
            const int arrived = state.arrived;
            lock.unlock();
            if (arrived != interrupt_state::no_more) told(arrived);
          });
        },
        [&](const char* text) {
          failed = {std::make_error_code(std::errc::resource_unavailable_try_again),
                    std::string("cancel_on_signals: the system gives no thread: ") + text};
        });
    return failed;
  }

  /// What is ignored stays ignored.
  fault take(int signal) {
    interrupt_state& state = interrupt_state::instance();
    const std::string whose = "cancel_on_signals: signal " + std::to_string(signal);
    if (signal <= 0 || static_cast<std::size_t>(signal) >= state.before.size()) return system_fault(EINVAL, whose);
    const interrupt_state::handler before = std::signal(signal, SIG_IGN);
    if (before == SIG_ERR) return system_fault(EINVAL, whose);
    if (before == SIG_IGN) return {};
    state.before[static_cast<std::size_t>(signal)] = before;
    std::signal(signal, on_signal);
    if (signal == SIGTERM) watches_console_ = ::SetConsoleCtrlHandler(on_end_of_console, 1) != 0;
    return {};
  }

  /// A handler that somebody has set meanwhile stays.
  static void give_back(int signal) noexcept {
    const interrupt_state::handler now = std::signal(signal, SIG_IGN);
    const bool ours = now == on_signal;
    std::signal(signal, ours ? interrupt_state::instance().before[static_cast<std::size_t>(signal)] : now);
  }

  void end() noexcept {
    interrupt_state& state = interrupt_state::instance();
    if (watches_console_) ::SetConsoleCtrlHandler(on_end_of_console, 0);
    for (const int signal : signals_) give_back(signal);
    {
      const std::lock_guard<std::mutex> lock(state.mutex);
      if (state.arrived == interrupt_state::none) state.arrived = interrupt_state::no_more;
      state.changed.notify_all();
    }
    if (thread_.get_id() == std::this_thread::get_id()) {
      thread_.detach();  // it is what destroys the guard
    } else if (thread_.joinable()) {
      thread_.join();
    }
    state.guarded.store(false);
  }

  const std::vector<int> signals_;
  std::thread thread_;
  bool watches_console_ = false;
};

}  // namespace detail
APART_END_NAMESPACE
