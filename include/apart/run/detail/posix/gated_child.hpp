#pragma once

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include <apart/detail/child_process.hpp>
#include <apart/detail/descriptor.hpp>
#include <apart/detail/reaper.hpp>
#include <apart/detail/signal_mask.hpp>
#include <apart/error.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// A child process in a session of its own, which waits to be let go, and then becomes another program. Until then it
/// ends with this object, and with the thread that made it, however that ends.
class gated_child {
 public:
  /// `arguments`: the program, looked for in PATH, and what it is given. An `apart::error` where the system refuses.
  explicit gated_child(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {
    if (arguments_.empty()) raise(error("a child process: give it the name of a program"));
    std::vector<char*> pointers;
    for (std::string& argument : arguments_) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    std::pair<int, int> ends = socket_pair();
    gate_ = descriptor(ends.first);
    descriptor childs_end(ends.second);
    const long parent = ::getpid();
    const all_signals_blocked until_the_child_has_no_handlers;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(gate_.get());
      const int code = become(pointers.data(), childs_end.get(), parent, until_the_child_has_no_handlers.before());
      ::send(childs_end.get(), &code, sizeof code, MSG_NOSIGNAL);
      ::_exit(127);
    }
    if (pid_ < 0) raise_system(errno, "a child process for '" + arguments_.front() + "'");
    childs_end.close();
    receive_word(gate_.get());  // it has its session
  }
  ~gated_child() {
    if (pid_ > 0) kill_and_reap(static_cast<pid_t>(pid_));
  }
  gated_child(const gated_child&) = delete;
  gated_child& operator=(const gated_child&) = delete;

  long id() const noexcept { return pid_; }

  /// Returns when it is the other program, or why it cannot be.
  fault let_go() {
    int code = 0;
    send_word(gate_.get());
    while (::recv(gate_.get(), &code, sizeof code, MSG_WAITALL) < 0 && errno == EINTR) {
    }
    if (code == 0) pid_ = 0;
    return system_fault(code, "cannot run '" + arguments_.front() + "'");
  }

 private:
  static void send_word(int gate) noexcept { ::send(gate, "g", 1, MSG_NOSIGNAL); }

  static bool receive_word(int gate) noexcept {
    char word = 0;
    ssize_t got = 0;
    while ((got = ::recv(gate, &word, 1, 0)) < 0 && errno == EINTR) {
    }
    return got == 1;
  }

  /// The child's side: only what POSIX calls async-signal-safe. Returns where it failed.
  static int become(char* const* arguments, int gate, long parent, const sigset_t& signals) noexcept {
    ::setsid();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    send_word(gate);
    if (!receive_word(gate)) ::_exit(1);
    ::prctl(PR_SET_PDEATHSIG, 0);
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || ::dup2(nothing, 0) < 0) return errno;
    keep_standard_streams_only();
    restore_signals(signals);
    ::execvp(arguments[0], arguments);
    return errno;
  }

  /// From the exec on.
  static void keep_standard_streams_only() noexcept {
#if defined(SYS_close_range)
    constexpr unsigned closes_on_exec = 4;  // CLOSE_RANGE_CLOEXEC, Linux 5.11
    if (::syscall(SYS_close_range, 3u, ~0u, closes_on_exec) == 0) return;
#endif
    const long highest = ::sysconf(_SC_OPEN_MAX);
    for (int number = 3; number < highest && number < 65536; ++number) ::fcntl(number, F_SETFD, FD_CLOEXEC);
  }

  std::vector<std::string> arguments_;
  descriptor gate_;
  long pid_ = -1;
};

}  // namespace detail
APART_END_NAMESPACE
