#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include <apart/detail/posix/system.hpp>
#include <apart/detail/posix/user_mapping.hpp>

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// Why this system has no such thing, and no links; null: it has.
inline constexpr const char* no_own_worlds = nullptr;
inline constexpr const char* no_links = nullptr;

/// What a process may have for itself alone, by namespaces of Linux; it and what it starts. Nothing of it: an empty one.
struct own_world {
  /// A private view of a directory: what is written to it lands in a layer above.
  struct view {
    std::string path;
    std::string options;  ///< for overlayfs, see `overlay_options`
  };

  bool network = false;           ///< with nothing but a loopback that is up (network_namespaces(7))
  bool tmp = false;               ///< /tmp, /var/tmp and /dev/shm, empty but for what is
  std::vector<std::string> kept;  ///< there before, at most 64 paths, absolute, none of them below another
  std::vector<view> views;
  std::string start;  ///< the directory to begin in, with one of the last two
  user_mapping user;

  bool has_mounts() const noexcept { return tmp || !views.empty(); }
};

inline constexpr const char* temporary_places[] = {"/tmp", "/var/tmp", "/dev/shm"};

/// Both directories are on one file system. A comma or a colon in a path would end it there.
inline std::string overlay_options(const std::string& path, const std::string& layer, const std::string& work) {
  return "lowerdir=" + path + ",upperdir=" + layer + ",workdir=" + work + (::geteuid() == 0 ? "" : ",userxattr");
}

// What follows is called between fork and exec, in a process of one thread: async-signal-safe. 0, or the error number.

inline int raise_loopback() noexcept {
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

/// An empty directory, or file, at that path, with the directories above it.
inline int make_place(const std::string& path, bool is_directory) noexcept {
  std::array<char, 4096> above{};
  if (path.size() >= above.size()) return ENAMETOOLONG;
  for (std::size_t at = 1; at <= path.size(); ++at) {
    const bool whole = at == path.size();
    if (!whole && path[at] != '/') continue;
    std::memcpy(above.data(), path.data(), at);
    above[at] = '\0';
    if (whole && !is_directory) {
      const int file = ::open(above.data(), O_CREAT | O_CLOEXEC | O_RDONLY, 0600);
      if (file < 0) return errno;
      ::close(file);
    } else if (::mkdir(above.data(), 0755) != 0 && errno != EEXIST) {
      return errno;
    }
  }
  return 0;
}

inline int hide_temporary_places(const own_world& world) noexcept {
  std::array<int, 64> originals{};
  if (world.kept.size() > originals.size()) return E2BIG;
  for (std::size_t i = 0; i < world.kept.size(); ++i) originals[i] = ::open(world.kept[i].c_str(), O_PATH | O_CLOEXEC);
  for (const char* place : temporary_places) {
    if (::mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") != 0 && errno != ENOENT) return errno;
  }
  for (std::size_t i = 0; i < world.kept.size(); ++i) {
    sys::file_status status{};
    if (originals[i] < 0 || sys::fstat(originals[i], &status) != 0) continue;  // it is gone
    if (const int code = make_place(world.kept[i], S_ISDIR(status.st_mode))) return code;
    std::array<char, 32> original{"/proc/self/fd/"};
    std::size_t end = std::strlen(original.data());
    for (int divisor = 1000; divisor > 0; divisor /= 10) {
      if (originals[i] >= divisor || divisor == 1)
        original[end++] = static_cast<char>('0' + originals[i] / divisor % 10);
    }
    if (::mount(original.data(), world.kept[i].c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) return errno;
    ::close(originals[i]);
  }
  return 0;
}

/// Clears PR_SET_PDEATHSIG.
inline int enter_own_world(const own_world& world) noexcept {
  const int namespaces = (world.network ? CLONE_NEWNET : 0) | (world.has_mounts() ? CLONE_NEWNS : 0);
  if (namespaces == 0) return 0;
  if (const int code = world.user.enter(namespaces)) return code;
  if (world.network) {
    if (const int code = raise_loopback()) return code;
  }
  if (!world.has_mounts()) return 0;
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno;
  if (world.tmp) {
    if (const int code = hide_temporary_places(world)) return code;
  }
  for (const own_world::view& one : world.views) {
    if (::mount("overlay", one.path.c_str(), "overlay", 0, one.options.c_str()) != 0) return errno;
  }
  return ::chdir(world.start.c_str()) == 0 ? 0 : errno;
}

/// Whether this system lets a process do that, tried in a child: 0, or the error number.
inline int try_own_world(const own_world& world) noexcept {
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0) ::_exit(enter_own_world(world));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;  // killed: by a filter of system calls
}

}  // namespace detail
APART_END_NAMESPACE
