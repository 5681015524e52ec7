#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include <apart/detail/fork.hpp>
#include <apart/detail/intrusive_list.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Guards what the library keeps in lists and trees, in the whole program. Held for a few operations at a time, never
/// while user code runs or another lock is taken; held across fork(2), so that a child finds all of it whole. Never
/// destroyed.
inline std::mutex& program_mutex() noexcept {
  static std::mutex* const mutex = [] {
    auto* made = new std::mutex;
    at_fork([] { program_mutex().lock(); }, [] { program_mutex().unlock(); }, [] { program_mutex().unlock(); });
    return made;
  }();
  return *mutex;
}

using program_lock = std::unique_lock<std::mutex>;

/// Waits until it is notified, or that moment has come, or for no reason. An hour at the most: a C library that counts by
/// another clock than this one (winpthreads) takes a moment far away, or long ago, for some other one.
inline void wait_some(std::condition_variable& woken, program_lock& lock,
                      std::chrono::steady_clock::time_point moment) {
  const auto now = std::chrono::steady_clock::now();
  constexpr std::chrono::steady_clock::duration longest = std::chrono::hours(1);
  if (moment > now) woken.wait_until(lock, now + (std::min)(moment - now, longest));
}

/// Threads that wait for something that `program_mutex` guards. A forked child may wait, notify and destroy it though
/// threads of its parent were waiting, which a condition variable in its place does not allow.
class waiting_threads {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Until `ready()`, or that moment has come; max() is for ever. Returns the last `ready()`.
  template <class Ready>
  bool wait_until(program_lock& lock, time_point moment, Ready ready) {
    if (ready()) return true;
    waiting self;
    threads_.push_front(self);
    while (!ready() && std::chrono::steady_clock::now() < moment) {
      if (moment == (time_point::max)()) {
        self.woken.wait(lock);
      } else {
        wait_some(self.woken, lock, moment);
      }
    }
    threads_.erase(self);
    return ready();
  }

  /// Until `ready()`, however long that takes.
  template <class Ready>
  void wait(program_lock& lock, Ready ready) {
    static_cast<void>(wait_until(lock, (time_point::max)(), ready));
  }

  void notify_all() noexcept {
    for (waiting* thread = threads_.first(); thread != nullptr; thread = thread->next()) thread->woken.notify_one();
  }

 private:
  struct waiting : process_list<waiting>::hook {
    std::condition_variable woken;
  };

  process_list<waiting> threads_;
};

}  // namespace detail
APART_END_NAMESPACE
