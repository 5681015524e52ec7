#pragma once

#include <cerrno>
#include <cstdio>
#include <vector>

#include <apart/version.hpp>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// From now on this process is the parent of whatever its descendants leave behind (PR_SET_CHILD_SUBREAPER).
inline void adopt_orphans() noexcept { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

/// A child that has ended. `pid` 0: none has.
struct ended_child {
  pid_t pid = 0;
  int status = 0;
};

/// The next child that has ended, without waiting. Its process group is killed first, while its number cannot yet mean
/// anyone else, so that what it left running ends with it; but for `spared`, whose group outlives it.
inline ended_child reap_one(pid_t spared) noexcept {
  siginfo_t info{};
  if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return {};
  ended_child ended{info.si_pid, 0};
  if (ended.pid != spared) ::kill(-ended.pid, SIGKILL);
  ::waitpid(ended.pid, &ended.status, 0);
  return ended;
}

/// The children of this process's main thread that are alive or not yet reaped (proc_pid_children(5)).
inline std::vector<pid_t> children_left() {
  std::vector<pid_t> children;
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/task/%ld/children", static_cast<long>(::getpid()));
  if (std::FILE* list = std::fopen(path, "re")) {
    long pid = 0;
    while (std::fscanf(list, "%ld", &pid) == 1) children.push_back(static_cast<pid_t>(pid));
    std::fclose(list);
  }
  return children;
}

inline void kill_and_reap(pid_t child) noexcept {
  ::kill(child, SIGKILL);
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace detail
APART_END_NAMESPACE
