#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Small letters and digits that every service accepts and nobody mistakes for each other. No vowels: no words.
inline constexpr char name_alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
inline constexpr std::size_t name_alphabet_size = sizeof name_alphabet - 1;

/// All pairs of its characters, one after the other: the digits of base 729. By the preprocessor, since a constant expression
/// would cost each file that includes this more than the rest of this header does.
inline constexpr std::size_t pair_count = name_alphabet_size * name_alphabet_size;
// clang-format off
#define APART_PAIRS(c)                                                                                                       \
  c "b" c "c" c "d" c "f" c "g" c "h" c "j" c "k" c "l" c "m" c "n" c "p" c "q" c "r" c "s" c "t" c "v" c "w" c "x" c "z"    \
  c "2" c "4" c "5" c "6" c "7" c "8" c "9"
inline constexpr char pairs[] =
    APART_PAIRS("b") APART_PAIRS("c") APART_PAIRS("d") APART_PAIRS("f") APART_PAIRS("g") APART_PAIRS("h") APART_PAIRS("j")
    APART_PAIRS("k") APART_PAIRS("l") APART_PAIRS("m") APART_PAIRS("n") APART_PAIRS("p") APART_PAIRS("q") APART_PAIRS("r")
    APART_PAIRS("s") APART_PAIRS("t") APART_PAIRS("v") APART_PAIRS("w") APART_PAIRS("x") APART_PAIRS("z") APART_PAIRS("2")
    APART_PAIRS("4") APART_PAIRS("5") APART_PAIRS("6") APART_PAIRS("7") APART_PAIRS("8") APART_PAIRS("9");
#undef APART_PAIRS
// clang-format on
static_assert(sizeof pairs == 2 * pair_count + 1, "each pair once");

/// How many characters a spelled value has: 7 digits, since 729^7 > 2^64.
inline constexpr std::size_t spelled_size = 14;

/// Splits value * factor, 96 bits of it, into its high word, which is returned, and its low word. `factor` < 2^31.
constexpr std::uint32_t take_digits(std::uint64_t& value, std::uint32_t factor) noexcept {
  const std::uint64_t low = (value & 0xffffffff) * factor;
  const std::uint64_t high = (value >> 32) * factor + (low >> 32);
  value = (high << 32) | (low & 0xffffffff);
  return static_cast<std::uint32_t>(high >> 32);
}

inline void write_pair(std::uint32_t digit, char* to) noexcept { std::memcpy(to, pairs + std::size_t{2} * digit, 2); }

/// Writes `value` as the fraction value / 2^64 in base 729: a digit is the high word of value * 729, the rest its low
/// word; three are taken at a time. Different values are spelled differently. Exactly `spelled_size` characters, no
/// terminator.
inline void spell(std::uint64_t value, char* to) noexcept {
  constexpr std::uint32_t base = pair_count;
  for (std::size_t at = 0; at < 12; at += 6) {
    const std::uint32_t three = take_digits(value, base * base * base);
    write_pair(three / (base * base), to + at);
    write_pair(three / base % base, to + at + 2);
    write_pair(three % base, to + at + 4);
  }
  write_pair(take_digits(value, base), to + 12);
}

/// A short spelling: 4 digits of base 729.
inline constexpr std::size_t short_spelled_size = 8;
inline constexpr std::uint64_t short_spellings = std::uint64_t{pair_count} * pair_count * pair_count * pair_count;

/// Writes `value` < `short_spellings`; different values are spelled differently. No terminator.
inline void spell_short(std::uint64_t value, char* to) noexcept {
  for (std::size_t at = short_spelled_size; at > 0; at -= 2) {
    write_pair(static_cast<std::uint32_t>(value % pair_count), to + at - 2);
    value /= pair_count;
  }
}

}  // namespace detail
APART_END_NAMESPACE
