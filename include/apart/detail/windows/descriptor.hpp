#pragma once

#include <utility>

#include <apart/detail/windows/error_number.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Owns one open file. Movable; an empty one does nothing. One thread at a time. Not inherited by what this process starts.
class descriptor {
 public:
  using native = void*;  ///< HANDLE; null: none

  descriptor() = default;
  explicit descriptor(native handle) noexcept : handle_(handle) {}
  descriptor(descriptor&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    descriptor taken(std::move(other));
    std::swap(handle_, taken.handle_);
    return *this;
  }
  ~descriptor() { close(); }

  native get() const noexcept { return handle_; }
  explicit operator bool() const noexcept { return handle_ != nullptr; }

  /// Gives the handle away without closing it.
  native release() noexcept { return std::exchange(handle_, nullptr); }

  /// 0, or the error number that the system reports.
  int close() noexcept {
    if (handle_ == nullptr) return 0;
    return ::CloseHandle(std::exchange(handle_, nullptr)) != 0 ? 0 : last_error_number();
  }

 private:
  native handle_ = nullptr;
};

}  // namespace detail
APART_END_NAMESPACE
