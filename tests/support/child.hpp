#pragma once

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

/// Defined where there are forks: around tests of forked children, and those that need one for their own sake.
#if !defined(_WIN32)
#define SUPPORT_FORKS 1

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace support {

inline void write_all(int descriptor, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = ::write(descriptor, text.data() + done, text.size() - done);
    if (written < 0 && errno != EINTR) std::abort();
    if (written > 0) done += static_cast<std::size_t>(written);
  }
}

/// A child by the system call alone, so that no handler of pthread_atfork(3) runs: 0 in it, its number in its parent, -1
/// where that is refused. On s390x the stack comes first (clone(2)).
inline long raw_clone() {
#if defined(__s390__)
  return ::syscall(SYS_clone, 0L, long{SIGCHLD}, 0L, 0L, 0L);
#else
  return ::syscall(SYS_clone, long{SIGCHLD}, 0L, 0L, 0L, 0L);
#endif
}

/// How a child ended, and all that it wrote.
struct ended {
  int status;
  std::string output;
  bool well() const { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }
};

/// A forked child that runs `body(descriptor)`, writes to the descriptor, and exits as a program does when it returns
/// from main. Waited for by `wait`, at the latest by the destructor.
class child {
 public:
  template <class Body>
  explicit child(Body body) {
    int ends[2];
    std::fflush(nullptr);
    if (::pipe(ends) != 0) std::abort();
    process_ = ::fork();
    if (process_ < 0) std::abort();
    if (process_ == 0) {
      ::close(ends[0]);
      body(ends[1]);
      std::exit(0);
    }
    ::close(ends[1]);
    output_ = ends[0];
  }
  child(child&& other) noexcept
      : process_(std::exchange(other.process_, -1)), output_(std::exchange(other.output_, -1)) {}
  child& operator=(child&&) = delete;
  ~child() {
    if (process_ > 0) static_cast<void>(wait());
  }

  pid_t process() const { return process_; }

  [[nodiscard]] ended wait() {
    ended result{0, {}};
    char buffer[4096];
    for (;;) {
      const ssize_t got = ::read(output_, buffer, sizeof buffer);
      if (got == 0) break;
      if (got > 0) result.output.append(buffer, static_cast<std::size_t>(got));
      if (got < 0 && errno != EINTR) std::abort();
    }
    ::close(std::exchange(output_, -1));
    while (::waitpid(process_, &result.status, 0) < 0) {
      if (errno != EINTR) std::abort();
    }
    process_ = -1;
    return result;
  }

 private:
  pid_t process_ = -1;
  int output_ = -1;
};

template <class Body>
[[nodiscard]] ended in_child(Body body) {
  return child(std::move(body)).wait();
}

/// What a re-executed test program finds in its environment: where to write to.
inline constexpr const char* output_variable = "SUPPORT_OUTPUT";

/// In a child: becomes this very program anew, running the hidden test case `test`, without what the framework prints.
[[noreturn]] inline void become_self(const char* test, int output) {
  if (std::freopen("/dev/null", "w", stdout) == nullptr) std::abort();
  ::setenv(output_variable, std::to_string(output).c_str(), 1);
  ::execl("/proc/self/exe", "self", test, static_cast<char*>(nullptr));
  std::abort();
}

/// In a test case that `become_self` runs: where to write to; -1 when a person runs it.
inline int output_of_self() {
  const char* const text = std::getenv(output_variable);
  return text != nullptr ? std::atoi(text) : -1;
}

}  // namespace support
#endif
