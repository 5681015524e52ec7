#pragma once

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <utility>
#include <vector>

#include <apart/detail/fork.hpp>
#include <apart/detail/posix/system.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The descriptors that mean something for as long as a copy of them is open: locks and leases, which the kernel frees
/// with the last one, so that a forked child must not keep any. It closes them all before fork returns in it. Opened
/// under the mutex that a fork takes, so that none is missed.
class unforked_descriptors {
 public:
  static unforked_descriptors& of_this_process() {
    static unforked_descriptors* all = [] {
      auto* made = new unforked_descriptors;
      at_fork([] { of_this_process().mutex_.lock(); }, [] { of_this_process().mutex_.unlock(); },
              [] {
                of_this_process().close_all();
                of_this_process().mutex_.unlock();
              });
      return made;
    }();
    return *all;
  }

  /// What `open()` returns: a descriptor, or -1 and errno on failure.
  template <class Open>
  int open(Open open) {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_.push_back(-1);
    const int opened = open();
    if (opened >= 0) {
      open_.back() = opened;
    } else {
      open_.pop_back();
    }
    return opened;
  }

  void close(int descriptor) {
    const std::lock_guard<std::mutex> lock(mutex_);
    forget_locked(descriptor);
    sys::close(descriptor);
  }

  /// It stays open, and children that are forked from now on have it, too.
  void forget(int descriptor) {
    const std::lock_guard<std::mutex> lock(mutex_);
    forget_locked(descriptor);
  }

 private:
  unforked_descriptors() = default;

  void forget_locked(int descriptor) { open_.erase(std::remove(open_.begin(), open_.end(), descriptor), open_.end()); }

  void close_all() noexcept {
    for (const int descriptor : open_) sys::close(descriptor);
    open_.clear();
  }

  std::mutex mutex_;
  std::vector<int> open_;
};

/// Created while the program is still loaded by one thread: a fork must not find it half made.
inline const bool unforked_descriptors_exist = (unforked_descriptors::of_this_process(), true);

/// Owns one of them. Movable; an empty or moved-from one, and a forked child's copy, does nothing. One thread at a time.
/// A child by raw clone or _Fork runs no handlers and has it open for as long as it lives.
class unforked_descriptor {
 public:
  unforked_descriptor() = default;
  unforked_descriptor(unforked_descriptor&& other) noexcept
      : number_(std::exchange(other.number_, -1)), owner_(other.owner_) {}
  unforked_descriptor& operator=(unforked_descriptor&& other) noexcept {
    unforked_descriptor taken(std::move(other));
    std::swap(number_, taken.number_);
    std::swap(owner_, taken.owner_);
    return *this;
  }
  ~unforked_descriptor() { close(); }

  /// Owns what `open()` returns. 0 or an error number.
  template <class Open>
  int open(Open open) {
    close();
    number_ = unforked_descriptors::of_this_process().open(open);
    owner_ = process_owner();
    return number_ >= 0 ? 0 : errno;
  }

  /// -1 in a forked child, too, where the number may be another file's by now.
  int get() const noexcept { return owner_.is_this_process() ? number_ : -1; }
  explicit operator bool() const noexcept { return get() >= 0; }

  /// Gives the number away without closing it: an ordinary descriptor, which forked children inherit.
  [[nodiscard]] int release() {
    const int given = get();
    if (given >= 0) unforked_descriptors::of_this_process().forget(given);
    number_ = -1;
    return given;
  }

  void close() {
    if (get() >= 0) unforked_descriptors::of_this_process().close(number_);
    number_ = -1;
  }

 private:
  int number_ = -1;
  process_owner owner_;
};

}  // namespace detail
APART_END_NAMESPACE
