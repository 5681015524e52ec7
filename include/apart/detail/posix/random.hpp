#pragma once

#include <cerrno>
#include <cstdint>

#include <apart/error.hpp>

#include <sys/random.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// 64 bits of the operating system's entropy (getrandom(2)). Any thread, any process. An error says that there is none:
/// there is no weaker source to fall back to, because names must not repeat.
inline std::uint64_t random_bits() {
  std::uint64_t bits = 0;
  while (::getrandom(&bits, sizeof bits, 0) != static_cast<ssize_t>(sizeof bits)) {
    if (errno != EINTR) raise_system(errno, "the system's random numbers (getrandom)");
  }
  return bits;
}

}  // namespace detail
APART_END_NAMESPACE
