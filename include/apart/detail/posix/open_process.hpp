#pragma once

#include <cerrno>
#include <utility>

#include <apart/detail/posix/descriptor.hpp>
#include <apart/detail/posix/process_status.hpp>

#include <sys/syscall.h>
#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// A descriptor that becomes readable when that process ends (pidfd_open(2), Linux 5.3); close-on-exec. 0 or an error number:
/// ESRCH where it has ended, ENOSYS where the system has no such thing.
inline int open_process(const process_identity& process, descriptor& opened) {
#if defined(SYS_pidfd_open)
  descriptor found(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(process.id), 0)));
  if (!found) return errno;
  int code = 0;
  const auto status = status_of_process(process.id, code);  // that number may be another process's by now
  if (!status || status->process.started != process.started) return code != 0 ? code : ESRCH;
  opened = std::move(found);
  return 0;
#else
  static_cast<void>(process);
  static_cast<void>(opened);
  return ENOSYS;
#endif
}

}  // namespace detail
APART_END_NAMESPACE
