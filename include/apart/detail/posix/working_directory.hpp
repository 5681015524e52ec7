#pragma once

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include <apart/detail/posix/descriptor.hpp>
#include <apart/detail/posix/system.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The directory that was this process's working directory once, to go back to. It is held open, so that it is found
/// also after it was renamed, and where its path cannot be read. Movable; one thread at a time.
class working_directory {
 public:
  /// The one of this moment. 0 or an error number.
  int open() {
#if defined(O_PATH)
    constexpr int access = O_PATH;  // asks for no right to read it
#else
    constexpr int access = O_RDONLY;
#endif
    directory_ = descriptor(sys::open(".", access | O_DIRECTORY | O_CLOEXEC));
    if (!directory_) return errno;
    const std::unique_ptr<char, void (*)(void*)> path(sys::realpath("."), std::free);
    path_ = path != nullptr ? path.get() : "";
    return 0;
  }

  /// What its path was; "" where that could not be read, as of one that was removed.
  const std::string& path() const noexcept { return path_; }

  /// Makes it the working directory again. Where it was removed and another one has its path now, that one. 0 or an
  /// error number; ENOENT: it was removed, and is the working directory nevertheless, so that what is written by a
  /// relative path fails rather than lands in somebody else's directory.
  int enter() const {
    sys::file_status status{};
    const bool removed = sys::fstat(directory_.get(), &status) == 0 && status.st_nlink == 0;
    if (removed && sys::chdir(path_.c_str()) == 0) return 0;
    if (sys::fchdir(directory_.get()) != 0) return errno;
    return removed ? ENOENT : 0;
  }

 private:
  descriptor directory_;
  std::string path_;
};

/// 0 or an error number.
inline int change_working_directory(const std::string& path) noexcept {
  return sys::chdir(path.c_str()) == 0 ? 0 : errno;
}

}  // namespace detail
APART_END_NAMESPACE
