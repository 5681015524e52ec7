#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>

#include <apart/detail/fork.hpp>
#include <apart/detail/intrusive_list.hpp>
#include <apart/detail/program_mutex.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// One function to call when a stop is requested. Lives in its owner, which removes it before it goes.
class stop_callback_base : public process_list<stop_callback_base>::hook {
 public:
  explicit stop_callback_base(void (*called)(stop_callback_base&) noexcept) noexcept : called_(called) {}
  stop_callback_base(const stop_callback_base&) = delete;
  stop_callback_base& operator=(const stop_callback_base&) = delete;

  void run() noexcept { called_(*this); }

 protected:
  ~stop_callback_base() = default;

 private:
  void (*called_)(stop_callback_base&) noexcept;
};

/// Whether a stop was requested, and whom to tell ([stoptoken.general]). Requested once and for ever. A forked child has
/// none of the callbacks of its parent.
class stop_state {
 public:
  stop_state() = default;
  stop_state(const stop_state&) = delete;
  stop_state& operator=(const stop_state&) = delete;

  bool stopped() const noexcept { return stopped_.load(std::memory_order_acquire); }

  /// Sources that could still request a stop.
  std::atomic<std::size_t> sources{0};

  /// With `program_mutex` held: requests the stop, and wakes who waits for it.
  void mark() noexcept {
    stopped_.store(true, std::memory_order_release);
    changed_.notify_all();
  }
  bool has_callbacks() const noexcept { return callbacks_.first() != nullptr; }

  /// Without it, after `mark`, by one thread: calls what was registered, one after the other.
  void run_callbacks() noexcept {
    program_lock lock(program_mutex());
    runner_ = std::this_thread::get_id();
    running_process_ = process_generation();
    while (stop_callback_base* const callback = callbacks_.first()) {
      callbacks_.erase(*callback);
      running_ = callback;
      lock.unlock();
      callback->run();
      lock.lock();
      running_ = nullptr;
      changed_.notify_all();
    }
    runner_ = std::thread::id();
  }

  /// False: the stop has been requested, and the caller calls it at once.
  bool add(stop_callback_base& callback) noexcept {
    const program_lock lock(program_mutex());
    return add_locked(callback);
  }
  /// The same with `program_mutex` held.
  bool add_locked(stop_callback_base& callback) noexcept {
    if (stopped()) return false;
    callbacks_.push_front(callback);
    return true;
  }

  /// Afterwards it is not called, and does not run: waits for it where another thread runs it. True: it was prevented.
  /// `gone`: it will not be there any more, even where this very thread runs it.
  bool remove(stop_callback_base& callback, bool gone) noexcept {
    program_lock lock(program_mutex());
    if (callback.listed()) {
      callbacks_.erase(callback);
      return true;
    }
    if (running_ != &callback) return false;
    if (running_process_ != process_generation()) {
      running_ = nullptr;  // it runs in the parent only
    } else if (runner_ == std::this_thread::get_id()) {
      if (gone) running_ = nullptr;
    } else {
      changed_.wait_until(lock, (waiting_threads::time_point::max)(), [&] { return running_ != &callback; });
    }
    return false;
  }

  /// Until a stop has been requested, or that moment has come. True: it has been requested.
  bool wait_until(waiting_threads::time_point moment) {
    program_lock lock(program_mutex());
    return changed_.wait_until(lock, moment, [this] { return stopped(); });
  }

 private:
  std::atomic<bool> stopped_{false};
  process_list<stop_callback_base> callbacks_;
  waiting_threads changed_;
  stop_callback_base* running_ = nullptr;
  std::thread::id runner_;
  std::uint64_t running_process_ = 0;
};

}  // namespace detail
APART_END_NAMESPACE
