#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>

#include <apart/detail/fork.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Guards every list of callbacks and every tree of contexts of the process. Held for a few pointer operations, never
/// while user code runs; held across fork(2), so that a child finds all of it whole.
inline std::mutex stop_mutex;
inline const bool stop_mutex_survives_fork =
    (at_fork([] { stop_mutex.lock(); }, [] { stop_mutex.unlock(); }, [] { stop_mutex.unlock(); }), true);

/// One function to call when a stop is requested. Lives in its owner, which removes it before it goes.
class stop_callback_base {
 public:
  explicit stop_callback_base(void (*run)(stop_callback_base&) noexcept) noexcept : run_(run) {}
  stop_callback_base(const stop_callback_base&) = delete;
  stop_callback_base& operator=(const stop_callback_base&) = delete;

 protected:
  ~stop_callback_base() = default;

 private:
  friend class stop_state;
  void (*run_)(stop_callback_base&) noexcept;
  stop_callback_base* next_ = nullptr;
  stop_callback_base** link_ = nullptr;  // what points to this one; null while in no list
  bool* gone_ = nullptr;                 // set while it runs: told when its owner removes it meanwhile
};

/// Whether a stop was requested, and whom to tell ([stoptoken.general]). Requested once and for ever.
class stop_state {
 public:
  stop_state() = default;
  stop_state(const stop_state&) = delete;
  stop_state& operator=(const stop_state&) = delete;

  bool stopped() const noexcept { return stopped_.load(std::memory_order_acquire); }

  /// Sources that could still request a stop.
  std::atomic<std::size_t> sources{0};

  /// With `stop_mutex` held: requests the stop. False: it had been requested.
  bool mark() noexcept { return !stopped_.exchange(true, std::memory_order_acq_rel); }
  bool has_callbacks() const noexcept { return first_ != nullptr; }

  /// Without it, after `mark`, by one thread: calls what was registered, one after the other.
  void run_callbacks() noexcept {
    std::unique_lock<std::mutex> lock(stop_mutex);
    runner_ = std::this_thread::get_id();
    while (first_ != nullptr) {
      stop_callback_base& callback = *first_;
      unlink(callback);
      bool gone = false;
      callback.gone_ = &gone;
      running_ = &callback;
      lock.unlock();
      callback.run_(callback);
      lock.lock();
      running_ = nullptr;
      if (!gone) callback.gone_ = nullptr;
      ended().notify_all();
    }
    runner_ = std::thread::id();
  }

  /// False: the stop has been requested, and the caller calls it at once.
  bool add(stop_callback_base& callback) noexcept {
    const std::lock_guard<std::mutex> lock(stop_mutex);
    if (stopped()) return false;
    callback.next_ = first_;
    callback.link_ = &first_;
    if (first_ != nullptr) first_->link_ = &callback.next_;
    first_ = &callback;
    return true;
  }

  /// Afterwards it is not called, and does not run: waits for it where another thread runs it. True: it was prevented.
  bool remove(stop_callback_base& callback) noexcept {
    std::unique_lock<std::mutex> lock(stop_mutex);
    if (callback.link_ != nullptr) {
      unlink(callback);
      return true;
    }
    if (running_ != &callback) return false;
    if (runner_ == std::this_thread::get_id()) {
      *callback.gone_ = true;
    } else {
      ended().wait(lock, [&] { return running_ != &callback; });
    }
    return false;
  }

 private:
  static void unlink(stop_callback_base& callback) noexcept {
    *callback.link_ = callback.next_;
    if (callback.next_ != nullptr) callback.next_->link_ = callback.link_;
    callback.next_ = nullptr;
    callback.link_ = nullptr;
  }

  /// Notified when some callback of the process has ended.
  static std::condition_variable& ended() {
    static auto* condition = new std::condition_variable;
    return *condition;
  }

  std::atomic<bool> stopped_{false};
  stop_callback_base* first_ = nullptr;
  stop_callback_base* running_ = nullptr;
  std::thread::id runner_;
};

}  // namespace detail
APART_END_NAMESPACE
