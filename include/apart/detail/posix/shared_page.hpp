#pragma once

#include <cerrno>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include <apart/detail/posix/descriptor.hpp>
#include <apart/detail/posix/file_system.hpp>

#include <sys/mman.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// A `T` at the beginning of a file, which all processes that open the file share: zero until one of them writes. The
/// file is made if it is not there; its space is reserved, so that no access can fail later. Fork: the child shares it.
template <class T>
class shared_page {
  static_assert(std::is_trivially_destructible_v<T> && sizeof(T) <= 4096);

 public:
  shared_page() = default;
  shared_page(shared_page&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}
  shared_page& operator=(shared_page&& other) noexcept {
    std::swap(page_, other.page_);
    return *this;
  }
  ~shared_page() {
    if (page_ != nullptr) ::munmap(page_, sizeof(T));
  }

  /// 0 or an error number.
  int open(const std::string& path) noexcept {
    const descriptor file(open_common_file(path));
    if (!file) return errno;
    if (const int code = ::posix_fallocate(file.get(), 0, sizeof(T))) return code;
    void* const mapped = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (mapped == MAP_FAILED) return errno;
    page_ = static_cast<T*>(mapped);
    return 0;
  }

  T& operator*() const noexcept { return *page_; }
  T* operator->() const noexcept { return page_; }

 private:
  T* page_ = nullptr;
};

}  // namespace detail
APART_END_NAMESPACE
