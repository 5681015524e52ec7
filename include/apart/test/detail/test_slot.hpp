#pragma once

#include <atomic>
#include <memory>
#include <string_view>
#include <utility>

#include <apart/detail/program_mutex.hpp>
#include <apart/error.hpp>
#include <apart/test/detail/running_test.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What a `per_test` is whatever its type: the value of the test that runs now, made by the first thread that asks, while
/// others wait. Its destruction is one of the test's clean-ups. Constant-initialised, trivially destructible; static.
template <class T>
class test_slot {
 public:
  constexpr test_slot() = default;
  test_slot(const test_slot&) = delete;
  test_slot& operator=(const test_slot&) = delete;

  /// `make()` returns a T. What it throws reaches the caller, and the next who asks tries again. Outside a test, and in a
  /// `make` that needs its own result, an `apart::error` that names `asked`.
  template <class Make>
  T& get(std::string_view asked, Make make) {
    T* const known = value_.load(std::memory_order_acquire);
    return known != nullptr ? *known : obtain(asked, make);
  }

 private:
  /// Makes it this thread's turn to make the value, for a scope.
  class turn {
   public:
    turn(test_slot& slot, program_lock& lock) : slot_(slot), lock_(lock) {
      slot_.maker_ = &this_thread;
      lock_.unlock();
    }
    ~turn() {
      if (!lock_.owns_lock()) lock_.lock();
      slot_.maker_ = nullptr;
      waiting().notify_all();
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

   private:
    test_slot& slot_;
    program_lock& lock_;
  };

  template <class Make>
  T& obtain(std::string_view asked, Make make) {
    running_test& test = running_test::now(asked);
    program_lock lock(program_mutex());
    if (maker_ == &this_thread) {
      lock.unlock();
      raise(error(std::string(asked) + ": what makes its value needs that value"));
    }
    waiting().wait(lock, [this] { return maker_ == nullptr; });
    if (T* const known = value_.load(std::memory_order_relaxed)) return *known;
    const turn mine(*this, lock);
    auto made = std::make_unique<T>(make());
    T& value = *made;
    test.push([this, owned = std::move(made)]() mutable {
      value_.store(nullptr, std::memory_order_release);
      owned.reset();
    });
    value_.store(&value, std::memory_order_release);
    return value;
  }

  static waiting_threads& waiting() {
    static auto* const threads = new waiting_threads;
    return *threads;
  }

  static inline thread_local char this_thread = 0;  ///< its address stands for the thread

  std::atomic<T*> value_{nullptr};
  const void* maker_ = nullptr;  ///< the thread that makes the value
};

}  // namespace detail
APART_END_NAMESPACE
