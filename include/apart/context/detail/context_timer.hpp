#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>

#include <apart/context/detail/context_node.hpp>
#include <apart/detail/fork.hpp>
#include <apart/detail/signal_mask.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The deadlines of the process. One thread marks what has expired, another runs the callbacks, so that a slow callback
/// delays no deadline. Both start with the first deadline, take no signals, and are never waited for. A forked child
/// inherits the deadlines, and starts threads of its own once it makes a context below one, waits, or registers an
/// `on_cancel`. A deadline costs O(log n). All of it with `program_mutex` held.
class context_timer {
 public:
  static context_timer& of_this_process() {
    static auto* timer = new context_timer;
    return *timer;
  }

  /// Errors: `apart::error` where the system has no thread to give.
  void add(context_node& node) {
    start();
    node.timed = deadlines_.emplace(*node.deadline, &node).first;
    if (node.timed == deadlines_.begin()) threads_->earlier.notify_one();
  }

  void forget(context_node& node) noexcept {
    deadlines_.erase(*node.timed);
    node.timed.reset();
  }

  /// The threads, where this process has none.
  void start() {
    if (process_ == process_generation()) return;
    if (started_by_ != process_generation()) {  // what a parent's attempt left has no threads here
      started_ = new threads;
      started_by_ = process_generation();
    }
    threads* const made = started_;
    std::string failure;
    attempt(
        [&] {
          const all_signals_blocked inherited_by_the_threads;
          if (!made->tells) std::thread([made] { tell(*made); }).detach();
          made->tells = true;  // kept where the next one fails
          std::thread([this, made] { watch(*made); }).detach();
        },
        [&](const char* text) { failure = text; });
    if (!failure.empty()) {
      raise(error("the deadline of a context needs a thread, and the system gives none: " + failure +
                  "; raise the limit of processes (ulimit -u) or of memory"));
    }
    threads_ = made;
    process_ = process_generation();
  }

 private:
  struct threads {
    std::condition_variable earlier;
    std::condition_variable expired;
    cancelled_nodes to_tell;
    bool tells = false;
  };

  [[noreturn]] void watch(threads& mine) {
    program_lock lock(program_mutex());
    for (;;) {
      if (deadlines_.empty()) {
        mine.earlier.wait(lock);
      } else if (const auto [first, node] = *deadlines_.begin(); first > std::chrono::steady_clock::now()) {
        wait_some(mine.earlier, lock, first);
      } else {
        node->expire(mine.to_tell);
        mine.expired.notify_one();
      }
    }
  }

  [[noreturn]] static void tell(threads& mine) {
    program_lock lock(program_mutex());
    for (;;) {
      mine.expired.wait(lock, [&] { return !mine.to_tell.empty(); });
      cancelled_nodes told = std::exchange(mine.to_tell, cancelled_nodes());
      lock.unlock();
      told.run_callbacks();
      lock.lock();
    }
  }

  deadline_set deadlines_;
  std::uint64_t process_ = 0;
  threads* threads_ = nullptr;
  std::uint64_t started_by_ = 0;
  threads* started_ = nullptr;  ///< of whom one may run already
};

/// Created while the program is still loaded by one thread: a fork must not find it half made.
inline const bool context_timer_exists = (context_timer::of_this_process(), true);

inline void add_deadline(context_node& node) { context_timer::of_this_process().add(node); }
inline void forget_deadline(context_node& node) noexcept { context_timer::of_this_process().forget(node); }
inline void watch_deadlines() { context_timer::of_this_process().start(); }

}  // namespace detail
APART_END_NAMESPACE
