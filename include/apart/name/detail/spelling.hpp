#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Small letters and digits that every service accepts and nobody mistakes for each other. No vowels: no words.
inline constexpr char name_alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
inline constexpr std::size_t name_alphabet_size = sizeof name_alphabet - 1;

/// All pairs of its characters: the digits of base 729.
inline constexpr std::size_t pair_count = name_alphabet_size * name_alphabet_size;
struct character_pair {
  char text[2];
};

constexpr std::array<character_pair, pair_count> make_pairs() noexcept {
  std::array<character_pair, pair_count> pairs{};
  for (std::size_t i = 0; i < pair_count; ++i) {
    pairs[i].text[0] = name_alphabet[i / name_alphabet_size];
    pairs[i].text[1] = name_alphabet[i % name_alphabet_size];
  }
  return pairs;
}

inline constexpr std::array<character_pair, pair_count> pairs = make_pairs();

/// How many characters a spelled value has: 7 digits, since 729^7 > 2^64.
inline constexpr std::size_t spelled_size = 14;

/// Splits value * factor, 96 bits of it, into its high word, which is returned, and its low word. `factor` < 2^31.
constexpr std::uint32_t take_digits(std::uint64_t& value, std::uint32_t factor) noexcept {
  const std::uint64_t low = (value & 0xffffffff) * factor;
  const std::uint64_t high = (value >> 32) * factor + (low >> 32);
  value = (high << 32) | (low & 0xffffffff);
  return static_cast<std::uint32_t>(high >> 32);
}

inline void write_pair(std::uint32_t digit, char* to) noexcept { std::memcpy(to, pairs[digit].text, 2); }

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
