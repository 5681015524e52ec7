#pragma once

#include <cerrno>
#include <cstdio>

#include <apart/detail/posix/descriptor.hpp>
#include <apart/error.hpp>

#include <fcntl.h>
#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// While it lives, what the process prints on stdout goes nowhere, without a system call for each line. Line-buffered
/// after it. While one thread runs.
class silenced_stdout {
 public:
  silenced_stdout()
      : before_(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)), nothing_(::open("/dev/null", O_WRONLY | O_CLOEXEC)) {
    if (!before_ || !nothing_) raise_system(errno, "stdout");
    std::fflush(stdout);
    ::dup2(nothing_.get(), STDOUT_FILENO);
    std::setvbuf(stdout, nullptr, _IOFBF, BUFSIZ);
  }
  ~silenced_stdout() {
    std::fflush(stdout);
    ::dup2(before_.get(), STDOUT_FILENO);
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  }
  silenced_stdout(const silenced_stdout&) = delete;
  silenced_stdout& operator=(const silenced_stdout&) = delete;

 private:
  const descriptor before_;
  const descriptor nothing_;
};

}  // namespace detail
APART_END_NAMESPACE
