#pragma once

#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <apart/context/context.hpp>
#include <apart/context/on_cancel.hpp>
#include <apart/detail/file_lock.hpp>
#include <apart/detail/program_mutex.hpp>
#include <apart/detail/signal_mask.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What a thread of its own waits for in the kernel, so that the caller can be woken by its context. The thread owns the
/// lock meanwhile; where nobody wants it any more, it gives back what it gets.
class lock_wait {
 public:
  virtual ~lock_wait() = default;

  /// False: the context was cancelled first, and the thread keeps the lock. True: it has done with it, and `code` is 0
  /// where it is held.
  static bool wait(const std::shared_ptr<lock_wait>& wanted, lock_mode mode, const context& waiting, int& code) {
    const on_cancel wake(waiting, [wanted] {
      const program_lock held(program_mutex());
      wanted->changed_.notify_all();
    });
    start(wanted, mode);
    program_lock held(program_mutex());
    wanted->changed_.wait(held, [&] { return wanted->done_ || waiting.cancelled(); });
    wanted->abandoned_ = !wanted->done_;
    const bool done = wanted->done_;
    code = wanted->code_;
    held.unlock();  // before `wake` goes
    return done;
  }

 private:
  virtual int lock(lock_mode mode) = 0;
  virtual void close() = 0;

  static void start(const std::shared_ptr<lock_wait>& wanted, lock_mode mode) {
    std::string failure;
    attempt(
        [&] {
          const all_signals_blocked inherited_by_the_thread;
          std::thread([wanted, mode] { wanted->get(mode); }).detach();
        },
        [&](const char* text) { failure = text; });
    if (!failure.empty()) raise(error("to wait for a lock takes a thread, and the system gives none: " + failure));
  }

  void get(lock_mode mode) {
    const int code = lock(mode);
    program_lock held(program_mutex());
    code_ = code;
    done_ = !abandoned_;
    changed_.notify_all();
    if (abandoned_) {
      held.unlock();
      close();
    }
  }

  int code_ = 0;
  bool done_ = false;
  bool abandoned_ = false;
  waiting_threads changed_;
};

template <class Lock>
class lock_wait_for final : public lock_wait {
 public:
  explicit lock_wait_for(Lock& lock) : lock_(std::move(lock)) {}
  Lock take() { return std::move(lock_); }

 private:
  int lock(lock_mode mode) override { return lock_.lock(mode); }
  void close() override { lock_.close(); }

  Lock lock_;
};

/// Locks a `file_lock` or a `whole_file_lock`. True: it is held. False: `code` is an error number, or, where that is 0,
/// the context was cancelled first; then `lock` is no longer open, and whatever else its descriptor held goes when it is
/// granted.
template <class Lock>
bool wait_for_lock(Lock& lock, lock_mode mode, const context& waiting, int& code) {
  if (lock.try_lock(mode, code)) return true;
  if (code != 0) return false;
  const auto wanted = std::make_shared<lock_wait_for<Lock>>(lock);
  if (!lock_wait::wait(wanted, mode, waiting, code)) return false;
  lock = wanted->take();
  return code == 0;
}

}  // namespace detail
APART_END_NAMESPACE
