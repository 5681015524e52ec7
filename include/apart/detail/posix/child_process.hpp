#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <apart/detail/child_settings.hpp>
#include <apart/detail/own_world.hpp>
#include <apart/detail/posix/loaded_files.hpp>
#include <apart/detail/posix/process_id.hpp>
#include <apart/detail/signal_mask.hpp>
#include <apart/detail/signal_name.hpp>
#include <apart/error.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

APART_BEGIN_NAMESPACE
namespace detail {

/// Between fork and exec: no handlers, and the mask that the caller had.
inline void restore_signals(const sigset_t& mask) noexcept {
  for (int signal = 1; signal < 32; ++signal) {
    struct sigaction action {};
    if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) ::signal(signal, SIG_DFL);
  }
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
}

/// The child's side, between fork and exec: only what POSIX calls async-signal-safe. Returns where it failed.
inline int become(const child_settings& settings, const char* program, char* const* arguments, char** environment,
                  char* pid_digits, long parent, const sigset_t& signals) noexcept {
  if (const int code = enter_own_world(settings.world)) return code;
  if (settings.own_session) {
    ::setsid();
  } else {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
  }
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0 || ::dup2(nothing, 0) < 0) return errno;
  if (::dup2(settings.output, 1) < 0 || ::dup2(settings.output, 2) < 0) return errno;
  for (const int kept : settings.descriptors) {
    if (::fcntl(kept, F_SETFD, 0) < 0) return errno;
  }
  restore_signals(signals);
  long pid = ::getpid();
  for (int digit = 9; digit >= 0; --digit, pid /= 10) pid_digits[digit] = static_cast<char>('0' + pid % 10);
  ::execve(program, arguments, environment);
  return errno;
}

/// Starts this binary as `settings` say and returns its process id. An `apart::error` where the system refuses.
inline process_number start_child(child_settings settings) {
  std::vector<char*> arguments;
  for (std::string& argument : settings.arguments) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  std::vector<char*> environment;
  for (std::string& own : settings.environment) environment.push_back(own.data());
  char* const pid_digits = environment.back() + settings.pid_offset;
  for (char** inherited = environ; *inherited != nullptr; ++inherited) {
    const std::size_t name_length = std::strcspn(*inherited, "=") + 1;
    const std::string name(*inherited, name_length - 1);
    bool replaced = std::find(settings.removed.begin(), settings.removed.end(), name) != settings.removed.end();
    for (const std::string& own : settings.environment) {
      replaced = replaced || own.compare(0, name_length, *inherited, name_length) == 0;
    }
    if (!replaced) environment.push_back(*inherited);
  }
  environment.push_back(nullptr);

  std::array<int, 2> failure{};
  if (::pipe2(failure.data(), O_CLOEXEC) != 0) raise_system(errno, "a pipe to a new worker process");
  const std::string program = program_to_run();
  const long parent = ::getpid();
  pid_t child = -1;
  {
    const all_signals_blocked until_the_child_has_no_handlers;
    child = ::fork();
    if (child == 0) {
      const int code = become(settings, program.c_str(), arguments.data(), environment.data(), pid_digits, parent,
                              until_the_child_has_no_handlers.before());
      [[maybe_unused]] const ssize_t told = ::write(failure[1], &code, sizeof code);
      ::_exit(127);
    }
  }
  int code = child < 0 ? errno : 0;
  ::close(failure[1]);
  if (child > 0) {
    while (::read(failure[0], &code, sizeof code) < 0 && errno == EINTR) {
    }
  }
  ::close(failure[0]);
  if (code != 0) {
    if (child > 0) ::waitpid(child, nullptr, 0);
    raise_system(code, "a new worker process");
  }
  return child;
}

/// Some descriptors, held for a scope so that who is started after it finds them free.
class reserved_descriptors {
 public:
  reserved_descriptors() noexcept {
    for (int& held : held_) held = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  }
  ~reserved_descriptors() {
    for (const int held : held_) {
      if (held >= 0) ::close(held);
    }
  }
  reserved_descriptors(const reserved_descriptors&) = delete;
  reserved_descriptors& operator=(const reserved_descriptors&) = delete;

 private:
  std::array<int, 16> held_{};
};

/// Two connected stream sockets, both close-on-exec.
inline std::pair<int, int> socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    raise_system(errno, "a socket to a new worker process");
  }
  return {ends[0], ends[1]};
}

/// The pipe by which the keeper hears that nobody else is left of a run: it reads nothing but the end, when the last writing end
/// is closed. Both are close-on-exec.
class members_pipe {
 public:
  members_pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) raise_system(errno, "a pipe to the workers");
  }
  ~members_pipe() {
    for (const int end : ends_) ::close(end);
  }
  members_pipe(const members_pipe&) = delete;
  members_pipe& operator=(const members_pipe&) = delete;

  int for_keeper() const noexcept { return ends_[0]; }
  int for_worker() const noexcept { return ends_[1]; }

 private:
  std::array<int, 2> ends_{};
};

enum class group_signal : int { stop = SIGSTOP, go_on = SIGCONT, end = SIGTERM, kill = SIGKILL };

/// To the process and all in its group.
inline void signal_group(process_number process, group_signal what) noexcept {
  ::kill(-process, static_cast<int>(what));
}

/// See `print_stack_on_quit`.
inline void ask_for_stack_and_end(process_number process) noexcept { ::kill(process, SIGQUIT); }

/// "was killed by SIGSEGV", "exited with status 3".
inline std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return "was killed by " + signal_name(WTERMSIG(status));
  return "exited with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace detail
APART_END_NAMESPACE
