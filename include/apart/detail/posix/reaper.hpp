#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <apart/detail/launched.hpp>
#include <apart/detail/one_line.hpp>
#include <apart/detail/posix/directory_stream.hpp>
#include <apart/detail/posix/file_system.hpp>
#include <apart/detail/posix/process_status.hpp>

#include <fcntl.h>
#include <sched.h>
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

/// The next child that has ended, without waiting. Where `ends_with_its_group(pid)` says so, its process group is killed
/// first, while its number cannot yet mean anyone else, so that what it left running ends with it.
template <class Predicate>
ended_child reap_one(Predicate ends_with_its_group) {
  siginfo_t info{};
  if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return {};
  ended_child ended{info.si_pid, 0};
  if (ends_with_its_group(ended.pid)) ::kill(-ended.pid, SIGKILL);
  ::waitpid(ended.pid, &ended.status, 0);
  return ended;
}

/// Whether this process has a child, alive or not yet reaped.
inline bool has_children() noexcept {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/// The process ids in such a list as proc_pid_children(5) has it are added.
inline void read_children(std::string text, std::vector<pid_t>& children) {
  char* rest = text.data();
  while (const long pid = std::strtol(rest, &rest, 10)) children.push_back(static_cast<pid_t>(pid));
}

/// The children of this process that are alive or not yet reaped, whichever thread started them.
inline std::vector<pid_t> children_left() {
  std::vector<pid_t> children;
  if (!has_children()) return children;
  const std::string tasks = "/proc/self/task";
  directory_stream threads(descriptor(sys::open(tasks.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  while (const sys::directory_entry* const thread = threads.next()) {
    std::string text;
    if (read_file(tasks + '/' + thread->d_name + "/children", text) == 0) read_children(std::move(text), children);
  }
  std::sort(children.begin(), children.end());
  return children;
}

/// Those of its main thread, which adopts what lost its parent (see `adopt_orphans`): quick enough for each test. Made and
/// asked on that thread.
class adopted_children {
 public:
  std::vector<pid_t> list() const {
    std::vector<pid_t> children;
    std::string text;
    if (file_ && read_from_start(file_, text) == 0) read_children(std::move(text), children);
    std::sort(children.begin(), children.end());
    return children;
  }

 private:
  const descriptor file_{
      ::open(("/proc/self/task/" + std::to_string(::getpid()) + "/children").c_str(), O_RDONLY | O_CLOEXEC)};
};

/// Nothing where it has ended, reaped or not.
inline std::optional<process_status> status_of_running(pid_t process) {
  int code = 0;
  const auto status = status_of_process(process, code);
  return status && status->state != 'Z' && status->state != 'X' ? status : std::nullopt;
}

/// "sleep 1000 (process 4711)", for people; nothing where it has ended.
inline std::optional<std::string> describe_process(pid_t process) {
  const auto status = status_of_running(process);
  if (!status) return std::nullopt;
  std::string command;
  read_file("/proc/" + std::to_string(process) + "/cmdline", command);
  while (!command.empty() && command.back() == '\0') command.pop_back();
  std::replace(command.begin(), command.end(), '\0', ' ');
  constexpr std::size_t most = 100;
  if (command.size() > most) command = command.substr(0, most) + "...";
  return one_line(command.empty() ? status->name : command) + " (process " + std::to_string(process) + ")";
}

/// The environment of a process. In the middle of an execve(2) it has neither that nor arguments for a moment: it is asked again,
/// but not for ever, since it may have given up both.
inline std::string environment_of(pid_t process) {
  const std::string folder = "/proc/" + std::to_string(process);
  std::string environment;
  std::string arguments;
  for (int tries = 0; tries < 1000; ++tries) {
    if (read_file(folder + "/environ", environment) != 0 || !environment.empty() || !arguments.empty()) break;
    if (read_file(folder + "/cmdline", arguments) != 0 || !status_of_running(process)) break;
    ::sched_yield();
  }
  return environment;
}

/// The process that a launcher started and from which that one has its environment; 0: not known.
inline long launched_ancestor_of(pid_t process) {
  const std::string environment = environment_of(process);
  const std::string name = std::string(launched_variable) + "=-";  // struck out by `take_launched`
  const std::size_t found = environment.find(name);
  return found == std::string::npos ? 0 : std::atol(environment.c_str() + found + name.size());
}

inline void kill_and_reap(pid_t child) noexcept {
  ::kill(child, SIGKILL);
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

/// Kills all children but those in `spared`, sorted, and what they leave to this process where it adopts orphans; each is
/// handed to `told` before. What left its group was handed to the nearest reaper when its parent went.
template <class Told>
void end_children(Told told, const std::vector<pid_t>& spared = {}) {
  for (bool found = true; found;) {
    found = false;
    for (const pid_t child : children_left()) {
      if (std::binary_search(spared.begin(), spared.end(), child)) continue;
      told(child);
      kill_and_reap(child);
      found = true;
    }
  }
}

}  // namespace detail
APART_END_NAMESPACE
