#pragma once

#include <cerrno>

#include <apart/detail/windows/api.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

// Of winerror.h, where the library asks for more than an error number.
inline constexpr unsigned long access_denied = 5;
inline constexpr unsigned long sharing_violation = 32;
inline constexpr unsigned long lock_violation = 33;
inline constexpr unsigned long variable_not_found = 203;

/// The error number of <cerrno> for one of the system's.
constexpr int error_number(unsigned long code) noexcept {
  switch (code) {
    case 0:
      return 0;
    case 2:    // FILE_NOT_FOUND
    case 3:    // PATH_NOT_FOUND
    case 15:   // INVALID_DRIVE
    case 53:   // BAD_NETPATH
    case 67:   // BAD_NET_NAME
    case 123:  // INVALID_NAME
    case 161:  // BAD_PATHNAME
    case variable_not_found:
      return ENOENT;
    case 4:  // TOO_MANY_OPEN_FILES
      return EMFILE;
    case access_denied:
    case 1314:  // PRIVILEGE_NOT_HELD
      return EACCES;
    case 6:  // INVALID_HANDLE
      return EBADF;
    case 8:     // NOT_ENOUGH_MEMORY
    case 14:    // OUTOFMEMORY
    case 1455:  // COMMITMENT_LIMIT
      return ENOMEM;
    case 17:  // NOT_SAME_DEVICE
      return EXDEV;
    case 19:  // WRITE_PROTECT
      return EROFS;
    case sharing_violation:
    case 170:  // BUSY
      return EBUSY;
    case lock_violation:
      return EAGAIN;
    case 39:   // HANDLE_DISK_FULL
    case 112:  // DISK_FULL
      return ENOSPC;
    case 80:   // FILE_EXISTS
    case 183:  // ALREADY_EXISTS
      return EEXIST;
    case 1:    // INVALID_FUNCTION
    case 50:   // NOT_SUPPORTED
    case 120:  // CALL_NOT_IMPLEMENTED
      return ENOSYS;
    case 87:  // INVALID_PARAMETER
      return EINVAL;
    case 109:  // BROKEN_PIPE
    case 232:  // NO_DATA
      return EPIPE;
    case 145:  // DIR_NOT_EMPTY
      return ENOTEMPTY;
    case 206:  // FILENAME_EXCED_RANGE
      return ENAMETOOLONG;
    case 267:  // DIRECTORY
      return ENOTDIR;
    default:
      return EIO;
  }
}

inline int last_error_number() noexcept { return error_number(::GetLastError()); }

/// Does it again, for half a second, while somebody else has the file open in a way that excludes it: a virus scanner, an
/// indexer, a process that is about to end. `call()` returns whether it succeeded. 0 or an error number.
template <class Call>
int patiently(Call call) {
  unsigned long code = 0;
  for (unsigned long pause = 1; pause <= 256; pause *= 2) {
    if (call()) return 0;
    code = ::GetLastError();
    if (code != sharing_violation && code != access_denied) break;
    ::Sleep(pause);
  }
  return error_number(code);
}

}  // namespace detail
APART_END_NAMESPACE
