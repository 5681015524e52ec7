#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include <apart/error.hpp>

#include <sys/random.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// Fills `words` with the operating system's entropy (getrandom(2), which gives up to 256 bytes whole or not at all). Any
/// thread, any process. An error says that there is none: there is no weaker source to fall back to, because names must
/// not repeat.
template <std::size_t Count>
void fill_random(std::array<std::uint64_t, Count>& words) {
  static_assert(sizeof words <= 256);
  while (::getrandom(words.data(), sizeof words, 0) != static_cast<ssize_t>(sizeof words)) {
    if (errno != EINTR) raise_system(errno, "the system's random numbers (getrandom)");
  }
}

inline std::uint64_t random_bits() {
  std::array<std::uint64_t, 1> bits{};
  fill_random(bits);
  return bits[0];
}

}  // namespace detail
APART_END_NAMESPACE
