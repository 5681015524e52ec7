#pragma once

#include <cstdint>
#include <string_view>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE

/// A set of bytes, made at compile time: ```byte_set("abc") | byte_set('0', '9')```.
class byte_set {
 public:
  constexpr byte_set() noexcept = default;
  constexpr byte_set(std::string_view bytes) noexcept {
    for (const char byte : bytes) add(static_cast<unsigned char>(byte));
  }
  constexpr byte_set(const char* bytes) noexcept : byte_set(std::string_view(bytes)) {}
  /// From `first` to `last`, both included.
  constexpr byte_set(unsigned first, unsigned last) noexcept {
    for (unsigned byte = first; byte <= last; ++byte) add(static_cast<unsigned char>(byte));
  }

  constexpr bool contains(char byte) const noexcept {
    const auto number = static_cast<unsigned char>(byte);
    return ((words_[number / 64] >> (number % 64)) & 1) != 0;
  }
  constexpr bool contains(const byte_set& other) const noexcept { return (*this & other) == other; }

  friend constexpr byte_set operator|(byte_set left, const byte_set& right) noexcept {
    for (int i = 0; i < 4; ++i) left.words_[i] |= right.words_[i];
    return left;
  }
  friend constexpr byte_set operator&(byte_set left, const byte_set& right) noexcept {
    for (int i = 0; i < 4; ++i) left.words_[i] &= right.words_[i];
    return left;
  }
  friend constexpr byte_set operator-(byte_set left, const byte_set& right) noexcept {
    for (int i = 0; i < 4; ++i) left.words_[i] &= ~right.words_[i];
    return left;
  }
  friend constexpr bool operator==(const byte_set& left, const byte_set& right) noexcept {
    for (int i = 0; i < 4; ++i) {
      if (left.words_[i] != right.words_[i]) return false;
    }
    return true;
  }

 private:
  constexpr void add(unsigned char byte) noexcept { words_[byte / 64] |= std::uint64_t{1} << (byte % 64); }

  std::uint64_t words_[4] = {};
};

namespace detail {

inline constexpr byte_set digits{'0', '9'};
inline constexpr byte_set lower_letters{'a', 'z'};
inline constexpr byte_set letters = lower_letters | byte_set{'A', 'Z'};
inline constexpr byte_set any_byte{0x00, 0xff};

/// POSIX, XBD 3.282 "Portable Filename Character Set".
inline constexpr byte_set portable_name_bytes = letters | digits | "._-";

}  // namespace detail
APART_END_NAMESPACE
