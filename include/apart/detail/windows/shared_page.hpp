#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include <apart/detail/windows/file_system.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// A `T` at the beginning of a file, which all processes that open the file share: zero until one of them writes. The
/// file is made if it is not there; its space is reserved, so that no access can fail later.
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
    if (page_ != nullptr) ::UnmapViewOfFile(page_);
  }

  /// 0 or an error number.
  int open(const std::string& path) {
    constexpr unsigned long read_write = 4, map_write = 2;  // PAGE_READWRITE, FILE_MAP_WRITE
    descriptor file;
    if (const int code = open_common_file(path, file)) return code;
    const descriptor mapping(::CreateFileMappingW(file.get(), nullptr, read_write, 0, sizeof(T), nullptr));
    if (!mapping) return last_error_number();
    void* const mapped = ::MapViewOfFile(mapping.get(), map_write, 0, 0, sizeof(T));
    if (mapped == nullptr) return last_error_number();
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
