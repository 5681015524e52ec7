#pragma once

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include <apart/detail/descriptor.hpp>
#include <apart/detail/file_system.hpp>
#include <apart/detail/process_status.hpp>
#include <apart/error.hpp>

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// A process and its name for a journal, which no other process on this machine ever has: "4711:8412345:" and the id of
/// the boot. Its id, and when it was started, in ticks since the boot.
struct identified_process {
  bool ended = true;     ///< not there, or waiting to be reaped only
  std::string identity;  ///< empty: not there
};

inline identified_process identify_process(long pid) {
  int code = 0;
  std::string boot;
  const std::optional<process_status> status = status_of_process(pid, code);
  if (!status || read_file("/proc/sys/kernel/random/boot_id", boot) != 0) return {};
  return {status->state == 'Z' || status->state == 'X',
          std::to_string(pid) + ':' + std::to_string(status->process.started) + ':' + boot.substr(0, boot.find('\n'))};
}

inline long pid_in(std::string_view identity) {
  return std::strtol(std::string(identity.substr(0, identity.find(':'))).c_str(), nullptr, 10);
}

inline bool process_has_ended(std::string_view identity) {
  const identified_process status = identify_process(pid_in(identity));
  return status.ended || status.identity != identity;
}

/// What poll(2) can wait for; empty before Linux 5.3.
inline descriptor open_process([[maybe_unused]] long pid) noexcept {
#if defined(SYS_pidfd_open)
  return descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
#else
  return {};
#endif
}

/// Returns whether it has.
inline bool wait_for_process_end(std::string_view identity, std::chrono::nanoseconds at_most) {
  using clock = std::chrono::steady_clock;
  constexpr std::chrono::hours longest(24 * 365);
  const clock::time_point until = clock::now() + (at_most < longest ? at_most : longest);
  const descriptor process = open_process(pid_in(identity));
  while (!process_has_ended(identity)) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
    if (left <= 0) return false;
    pollfd waited{process.get(), POLLIN, 0};
    const int longest_wait = process ? 60'000 : 5;
    static_cast<void>(::poll(&waited, 1, left < longest_wait ? static_cast<int>(left) + 1 : longest_wait));
  }
  return true;
}

/// Ends a process that leads a session of its own, and with it its group: by SIGTERM, and what is left after `grace` by
/// SIGKILL. Does nothing where it is not there any more, whoever has its id now. An `apart::error` if it does not end.
inline void end_process(std::string_view identity, std::chrono::nanoseconds grace) {
  const long pid = pid_in(identity);
  if (pid <= 1 || identify_process(pid).identity != identity) return;
  const auto group = static_cast<pid_t>(-pid);
  ::kill(group, SIGTERM);
  ::kill(group, SIGCONT);
  wait_for_process_end(identity, grace);
  const std::string now = identify_process(pid).identity;
  // Where its leader has been reaped: nobody else gets the group's number while members of it are left.
  if (now == identity || now.empty()) ::kill(group, SIGKILL);
  const bool ended = wait_for_process_end(identity, std::chrono::seconds(5));
  while (::waitpid(static_cast<pid_t>(pid), nullptr, WNOHANG) < 0 && errno == EINTR) {
  }
  if (!ended) raise(error("process " + std::to_string(pid) + " has not ended 5 s after SIGKILL"));
}

}  // namespace detail
APART_END_NAMESPACE
