#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include <apart/version.hpp>

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// By which a process that is not root's enters namespaces: one of users, in which it is who it was (user_namespaces(7)).
/// Made before a fork, used in the child, where it calls only what is async-signal-safe.
class user_mapping {
 public:
  user_mapping() noexcept : as_root_(::geteuid() == 0) {
    std::snprintf(user_.data(), user_.size(), "%ld %ld 1\n", static_cast<long>(::geteuid()),
                  static_cast<long>(::geteuid()));
    std::snprintf(group_.data(), group_.size(), "%ld %ld 1\n", static_cast<long>(::getegid()),
                  static_cast<long>(::getegid()));
  }

  /// 0, or the error number of what the system refuses. `namespaces`: as unshare(2) takes them.
  int enter(int namespaces) const noexcept {
    if (as_root_) return ::unshare(namespaces) == 0 ? 0 : errno;
    if (::unshare(namespaces | CLONE_NEWUSER) != 0) return errno;
    if (const int code = write("/proc/self/setgroups", "deny")) return code;
    if (const int code = write("/proc/self/uid_map", user_.data())) return code;
    return write("/proc/self/gid_map", group_.data());
  }

 private:
  static int write(const char* path, const char* text) noexcept {
    const int file = ::open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return errno;
    const std::size_t length = std::strlen(text);
    const int code = ::write(file, text, length) == static_cast<ssize_t>(length) ? 0 : errno;
    ::close(file);
    return code;
  }

  bool as_root_;
  std::array<char, 48> user_{};
  std::array<char, 48> group_{};
};

/// Gives this process, and what it starts, a network of its own, in which nothing is but a loopback that is up
/// (network_namespaces(7)). In a process of one thread; async-signal-safe. 0, or the error number. Clears
/// PR_SET_PDEATHSIG.
inline int enter_own_network(const user_mapping& user) noexcept {
  if (const int code = user.enter(CLONE_NEWNET)) return code;
  const int any = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (any < 0) return errno;
  struct ifreq loopback {};
  std::memcpy(loopback.ifr_name, "lo", 3);
  int code = ::ioctl(any, SIOCGIFFLAGS, &loopback) == 0 ? 0 : errno;
  loopback.ifr_flags = static_cast<short>(loopback.ifr_flags | IFF_UP);
  if (code == 0 && ::ioctl(any, SIOCSIFFLAGS, &loopback) != 0) code = errno;
  ::close(any);
  return code;
}

/// Whether this system lets a process do that, tried in a child: 0, or the error number.
inline int try_own_network() noexcept {
  const user_mapping user;
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0) ::_exit(enter_own_network(user));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;  // killed: by a filter of system calls
}

}  // namespace detail
APART_END_NAMESPACE
