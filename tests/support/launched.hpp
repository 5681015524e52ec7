#pragma once

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <apart/detail/launched.hpp>

#include "support/child.hpp"

#if defined(SUPPORT_FORKS)
#include <unistd.h>

namespace support {

/// In a child: becomes this program anew (see `become_self`), as a process that a launcher started. `process`: the one
/// that it is meant for.
[[noreturn]] inline void become_launched(const char* test, int output, char role, std::uint32_t number,
                                         std::uint64_t run_bits, long process = ::getpid()) {
  char told[120];
  std::snprintf(told, sizeof told, "%ld:%c:-1:-1:-1:%" PRIu32 ":%" PRIx64, process, role, number, run_bits);
  ::setenv(apart::detail::launched_variable, told, 1);
  become_self(test, output);
}

}  // namespace support
#endif
