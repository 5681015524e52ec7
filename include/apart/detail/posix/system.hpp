#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <type_traits>

#include <apart/detail/posix/large_files.hpp>
#include <apart/version.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <unistd.h>

/// The seam below everything that touches the file system: a test program that defines this macro before it includes
/// anything of the library, in all of its sources alike, gives functions of its own for the names below, and so makes
/// any call fail as it likes.
#if !defined(APART_DETAIL_SYS)
#define APART_DETAIL_SYS(name) ::name
#endif

APART_BEGIN_NAMESPACE
namespace detail {

/// The system calls of the file rooms, under their own names and with their own results: -1 (or null) and errno where
/// they fail. A signal never shows: a call that it interrupted is made again. The one exception is `close`, which has
/// freed the number even where it reports EINTR, so that a second call could close another thread's file.
namespace sys {

template <class Call>
auto uninterrupted(Call call) noexcept -> decltype(call()) {
  using result_type = decltype(call());
  const auto failure = [] {
    if constexpr (std::is_pointer_v<result_type>) {
      return static_cast<result_type>(nullptr);
    } else {
      return result_type{-1};
    }
  }();
  for (;;) {
    const result_type result = call();
    if (result != failure || errno != EINTR) return result;
  }
}

inline int open(const char* path, int flags, mode_t mode = 0) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(APART_DETAIL_LARGE(open))(path, flags, mode); });
}
inline int openat(int directory, const char* name, int flags) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(openat)(directory, name, flags); });
}
inline int close(int descriptor) noexcept {
  const int result = APART_DETAIL_SYS(close)(descriptor);
  return result == -1 && errno == EINTR ? 0 : result;
}

inline ssize_t read(int descriptor, void* bytes, std::size_t size) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(read)(descriptor, bytes, size); });
}
inline ssize_t pread(int descriptor, void* bytes, std::size_t size, file_offset from) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(APART_DETAIL_LARGE(pread))(descriptor, bytes, size, from); });
}
inline ssize_t write(int descriptor, const void* bytes, std::size_t size) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(write)(descriptor, bytes, size); });
}
inline int fcntl(int descriptor, int command, file_range* range) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(APART_DETAIL_LARGE(fcntl))(descriptor, command, range); });
}
inline int flock(int descriptor, int operation) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(flock)(descriptor, operation); });
}

inline int fstat(int descriptor, file_status* status) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(APART_DETAIL_LARGE(fstat))(descriptor, status); });
}
inline int lstat(const char* path, file_status* status) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(APART_DETAIL_LARGE(lstat))(path, status); });
}
inline int stat(const char* path, file_status* status) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(APART_DETAIL_LARGE(stat))(path, status); });
}
inline int statfs(const char* path, file_system_status* status) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(APART_DETAIL_LARGE(statfs))(path, status); });
}
inline int fchmod(int descriptor, mode_t mode) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(fchmod)(descriptor, mode); });
}
inline int fchmodat(int directory, const char* name, mode_t mode, int flags) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(fchmodat)(directory, name, mode, flags); });
}
inline int futimens(int descriptor, const struct timespec* access_and_change) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(futimens)(descriptor, access_and_change); });
}

inline int mkdir(const char* path, mode_t mode) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(mkdir)(path, mode); });
}
inline int rmdir(const char* path) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(rmdir)(path); });
}
inline int link(const char* from, const char* to) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(link)(from, to); });
}
inline int unlink(const char* path) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(unlink)(path); });
}
inline int unlinkat(int directory, const char* name, int flags) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(unlinkat)(directory, name, flags); });
}
inline int symlink(const char* target, const char* path) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(symlink)(target, path); });
}
inline int rename(const char* from, const char* to) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(rename)(from, to); });
}
inline int renameat(int from_directory, const char* from, int to_directory, const char* to) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(renameat)(from_directory, from, to_directory, to); });
}
inline int chdir(const char* path) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(chdir)(path); });
}
inline int fchdir(int directory) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(fchdir)(directory); });
}
inline char* realpath(const char* path) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(realpath)(path, nullptr); });
}

inline DIR* fdopendir(int descriptor) noexcept {
  return uninterrupted([&] { return APART_DETAIL_SYS(fdopendir)(descriptor); });
}
inline int closedir(DIR* directory) noexcept { return APART_DETAIL_SYS(closedir)(directory); }

/// Null at the end (errno 0) and on failure (errno set).
inline directory_entry* readdir(DIR* directory) noexcept {
  return uninterrupted([&] {
    errno = 0;
    return APART_DETAIL_SYS(APART_DETAIL_LARGE(readdir))(directory);
  });
}

}  // namespace sys
}  // namespace detail
APART_END_NAMESPACE
