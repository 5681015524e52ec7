#pragma once

#include <cerrno>
#include <cstdio>

#include <apart/error.hpp>

#include <fcntl.h>
#include <io.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// While it lives, what the process prints on stdout goes nowhere. Without a buffer after it. While one thread runs.
class silenced_stdout {
 public:
  silenced_stdout() {
    std::fflush(stdout);
    const int nothing = ::_open("NUL", _O_WRONLY | _O_NOINHERIT);
    before_ = ::_dup(number);
    if (before_ < 0 || nothing < 0) raise_system(errno, "stdout");
    ::_dup2(nothing, number);
    ::_close(nothing);
  }
  ~silenced_stdout() {
    std::fflush(stdout);
    ::_dup2(before_, number);
    ::_close(before_);
    std::setvbuf(stdout, nullptr, _IONBF, 0);
  }
  silenced_stdout(const silenced_stdout&) = delete;
  silenced_stdout& operator=(const silenced_stdout&) = delete;

 private:
  static constexpr int number = 1;

  int before_ = -1;
};

}  // namespace detail
APART_END_NAMESPACE
