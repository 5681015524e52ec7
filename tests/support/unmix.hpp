#pragma once

#include <cstdint>

namespace support {

/// The inverse of apart::detail::mix: which place of the counter's space a value was drawn from.
constexpr std::uint64_t unmix(std::uint64_t value) {
  const auto undo_shift = [](std::uint64_t shifted, int by) {
    std::uint64_t original = shifted;
    for (int done = by; done < 64; done += by) original = shifted ^ (original >> by);
    return original;
  };
  value = undo_shift(value, 31) * 0x319642b2d24d8ec3;
  value = undo_shift(value, 27) * 0x96de1b173f119089;
  return undo_shift(value, 30);
}

}  // namespace support
