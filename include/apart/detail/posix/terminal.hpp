#pragma once

#include <cstddef>
#include <cstdio>

#include <apart/version.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

inline bool is_terminal(std::FILE* stream) noexcept { return ::isatty(::fileno(stream)) == 1; }

/// How many characters a line has on that terminal; 80 where it does not say.
inline std::size_t columns_of_terminal(std::FILE* stream) noexcept {
  struct winsize size {};
  return ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace detail
APART_END_NAMESPACE
