#pragma once

#include <cerrno>
#include <utility>

#include <apart/detail/posix/system.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Owns one open file. Movable; an empty one does nothing. One thread at a time. A forked child's copy closes the
/// child's own number, which is the child's to close.
class descriptor {
 public:
  using native = int;

  descriptor() = default;
  explicit descriptor(native number) noexcept : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    descriptor taken(std::move(other));
    std::swap(number_, taken.number_);
    return *this;
  }
  ~descriptor() { close(); }

  native get() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }

  /// Gives the number away without closing it.
  native release() noexcept { return std::exchange(number_, -1); }

  /// 0, or the error number that the system reports: the file is closed all the same, but what was written to it may
  /// have been lost.
  int close() noexcept {
    if (number_ < 0) return 0;
    return sys::close(std::exchange(number_, -1)) == 0 ? 0 : errno;
  }

 private:
  native number_ = -1;
};

}  // namespace detail
APART_END_NAMESPACE
