#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include <apart/error.hpp>

/// RtlGenRandom, by its exported name, in advapi32 (ntsecapi.h, where it is not marked as imported).
extern "C" unsigned char __stdcall SystemFunction036(void* bytes, unsigned long size);

APART_BEGIN_NAMESPACE
namespace detail {

/// Fills `words` with the operating system's entropy. Any thread, any process. An error says that there is none: there is
/// no weaker source to fall back to, because names must not repeat.
template <std::size_t Count>
void fill_random(std::array<std::uint64_t, Count>& words) {
  if (::SystemFunction036(words.data(), static_cast<unsigned long>(sizeof words)) == 0) {
    raise_system(EIO, "the system's random numbers (RtlGenRandom)");
  }
}

inline std::uint64_t random_bits() {
  std::array<std::uint64_t, 1> bits{};
  fill_random(bits);
  return bits[0];
}

}  // namespace detail
APART_END_NAMESPACE
