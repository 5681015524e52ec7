#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include <apart/version.hpp>

#include <fcntl.h>
#include <sched.h>
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

}  // namespace detail
APART_END_NAMESPACE
