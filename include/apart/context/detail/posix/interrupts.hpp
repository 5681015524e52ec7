#pragma once

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <apart/detail/fork.hpp>
#include <apart/detail/same_interrupt.hpp>
#include <apart/detail/signal_mask.hpp>
#include <apart/error.hpp>

#include <semaphore.h>
#include <signal.h>
#include <time.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// What the signal handler touches. Static, since it may still run on another thread while the guard goes.
struct interrupt_state {
  static constexpr int none = 0;
  static constexpr int no_more = -1;

  std::atomic<bool> guarded{false};  ///< a guard lives, in the process below
  std::atomic<std::uint64_t> process{0};
  std::atomic<int> arrived{none};        ///< the first signal, or that the guard has gone before there was one
  std::atomic<std::int64_t> counted{0};  ///< when the last signal came that counted, in nanoseconds; 0: none has
  std::atomic<std::int64_t> same{0};     ///< for how long after that another one is the same interrupt
  sem_t changed{};                       ///< posted after `arrived` has changed
  std::array<struct sigaction, NSIG> before{};

  interrupt_state() noexcept { ::sem_init(&changed, 0, 0); }

  static interrupt_state& instance() noexcept {
    static interrupt_state state;
    return state;
  }
};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<std::int64_t>::is_always_lock_free,
              "apart: a signal handler needs atomics without locks");

/// Sees to it that the first of some signals calls a function, on a thread of its own, and that a later one does what it
/// did before; those that come within `same` after one that counted are dropped. sem_post(3), sigaction(2) and
/// clock_gettime(2) are async-signal-safe, and nothing else is called by the handler.
class interrupts {
 public:
  interrupts(std::vector<int> signals, void (*told)(int signal), std::chrono::nanoseconds same = same_interrupt)
      : signals_(std::move(signals)) {
    interrupt_state& state = interrupt_state::instance();
    if (state.process.load() != process_generation()) state.guarded.store(false);
    if (state.guarded.exchange(true)) {
      raise(error("cancel_on_signals: another one lives in this process; name all signals in one"));
    }
    state.process.store(process_generation());
    state.arrived.store(interrupt_state::none);
    state.counted.store(0);
    state.same.store(same.count());
    fault failed = start_thread(told);
    for (std::size_t i = 0; i < signals_.size() && !failed; ++i) failed = take(signals_[i]);
    if (!failed) return;
    end();
    raise_if(failed);
  }
  ~interrupts() { end(); }

  /// Whether one lives in this process.
  static bool any() noexcept {
    const interrupt_state& state = interrupt_state::instance();
    return state.guarded.load() && state.process.load() == process_generation();
  }

  interrupts(const interrupts&) = delete;
  interrupts& operator=(const interrupts&) = delete;

 private:
  static void on_signal(int signal) {
    const int saved = errno;
    interrupt_state& state = interrupt_state::instance();
    if (!taken(state, signal)) {
      ::sigaction(signal, &state.before[static_cast<std::size_t>(signal)], nullptr);
      ::raise(signal);  // arrives when this handler returns
    }
    errno = saved;
  }

  /// Whether the signal is the guard's, and not for what stood before it.
  static bool taken(interrupt_state& state, int signal) {
    if (state.process.load() != process_generation()) return false;
    if (state.arrived.load() == interrupt_state::no_more) return false;
    struct timespec time {};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    const std::int64_t now = std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    std::int64_t last = 0;
    if (state.counted.compare_exchange_strong(last, now)) {
      int none = interrupt_state::none;
      if (!state.arrived.compare_exchange_strong(none, signal)) return false;
      ::sem_post(&state.changed);
      return true;
    }
    if (now - last < state.same.load()) return true;
    state.counted.store(now);
    return false;
  }

  fault start_thread(void (*told)(int signal)) {
    auto ended = std::make_shared<sem_t>();
    ::sem_init(ended.get(), 0, 0);
    fault failed;
    attempt(
        [&] {
          const all_signals_blocked inherited_by_the_thread;
          std::thread thread([told, ended] {
            interrupt_state& state = interrupt_state::instance();
            int arrived = interrupt_state::none;
            while ((arrived = state.arrived.load()) == interrupt_state::none) ::sem_wait(&state.changed);
            if (arrived != interrupt_state::no_more) told(arrived);
            ::sem_post(ended.get());
          });
          thread_ = thread.get_id();
          thread.detach();  // a forked child may destroy the guard, and has no thread to join
          ended_ = ended;
        },
        [&](const char* text) {
          failed = {std::make_error_code(std::errc::resource_unavailable_try_again),
                    std::string("cancel_on_signals: the system gives no thread: ") + text};
        });
    return failed;
  }

  /// What is ignored stays ignored, as nohup(1) and a shell's background jobs want it.
  static fault take(int signal) {
    interrupt_state& state = interrupt_state::instance();
    const std::string whose = "cancel_on_signals: signal " + std::to_string(signal);
    if (signal <= 0 || static_cast<std::size_t>(signal) >= state.before.size()) return system_fault(EINVAL, whose);
    if (signal == SIGKILL || signal == SIGSTOP) {
      const char* const name = signal == SIGKILL ? "SIGKILL" : "SIGSTOP";
      return {std::make_error_code(std::errc::invalid_argument),
              std::string("cancel_on_signals: no program can catch ") + name + "; leave it out"};
    }
    struct sigaction before {};
    if (::sigaction(signal, nullptr, &before) != 0) return system_fault(errno, whose);
    if (before.sa_handler == SIG_IGN) return {};
    // Ours where the parent's guard was inherited; what stood before that one is known.
    if (before.sa_handler != on_signal) state.before[static_cast<std::size_t>(signal)] = before;
    struct sigaction ours {};
    ours.sa_flags = SA_RESTART;
    ours.sa_handler = on_signal;
    ::sigfillset(&ours.sa_mask);
    if (::sigaction(signal, &ours, nullptr) != 0) return system_fault(errno, whose);
    return {};
  }

  /// A handler that somebody has set meanwhile stays.
  static void give_back(int signal) noexcept {
    struct sigaction now {};
    if (::sigaction(signal, nullptr, &now) != 0 || now.sa_handler != on_signal) return;
    ::sigaction(signal, &interrupt_state::instance().before[static_cast<std::size_t>(signal)], nullptr);
  }

  void end() noexcept {
    interrupt_state& state = interrupt_state::instance();
    const bool mine = owner_.is_this_process();
    if (!mine && state.process.load() == process_generation()) return;  // a forked child has a guard of its own
    for (const int signal : signals_) give_back(signal);
    if (!mine) return;
    int none = interrupt_state::none;
    if (state.arrived.compare_exchange_strong(none, interrupt_state::no_more)) ::sem_post(&state.changed);
    if (ended_ != nullptr && thread_ != std::this_thread::get_id()) {
      while (::sem_wait(ended_.get()) != 0) {
      }
    }
    state.guarded.store(false);
  }

  const std::vector<int> signals_;
  const process_owner owner_;
  std::thread::id thread_;
  std::shared_ptr<sem_t> ended_;
};

}  // namespace detail
APART_END_NAMESPACE
