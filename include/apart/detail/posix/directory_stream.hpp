#pragma once

#include <cerrno>
#include <string_view>

#include <apart/detail/posix/descriptor.hpp>
#include <apart/detail/posix/system.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// An open directory, read entry by entry. Owns its descriptor. One thread at a time.
class directory_stream {
 public:
  explicit directory_stream(descriptor directory) noexcept {
    if (!directory) {
      error_ = errno;
    } else if ((stream_ = sys::fdopendir(directory.get())) == nullptr) {
      error_ = errno;
    } else {
      descriptor_ = directory.release();
    }
  }
  ~directory_stream() {
    if (stream_ != nullptr) sys::closedir(stream_);
  }
  directory_stream(const directory_stream&) = delete;
  directory_stream& operator=(const directory_stream&) = delete;

  /// What opening or reading it met: 0, or an error number.
  int error() const noexcept { return error_; }
  int descriptor_number() const noexcept { return descriptor_; }

  /// The next entry but "." and ".."; null at the end, and where reading failed.
  const sys::directory_entry* next() noexcept {
    while (error_ == 0) {
      const sys::directory_entry* const entry = sys::readdir(stream_);
      if (entry == nullptr) {
        error_ = errno;
        break;
      }
      const std::string_view name(entry->d_name);
      if (name != "." && name != "..") return entry;
    }
    return nullptr;
  }

 private:
  DIR* stream_ = nullptr;
  int descriptor_ = -1;
  int error_ = 0;
};

}  // namespace detail
APART_END_NAMESPACE
