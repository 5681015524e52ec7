#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <apart/detail/random_pool.hpp>
#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// `length` characters, five bits each, lowest first: digits and lower case letters without i, l, o, u (Crockford's
/// base 32), so that no file system that ignores case takes two for one. At most 12 characters differ.
inline std::string base32(std::uint64_t bits, std::size_t length) {
  static constexpr char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string text(length, '0');
  for (char& digit : text) {
    digit = alphabet[bits & 31];
    bits >>= 5;
  }
  return text;
}

/// The part of a file's name that keeps it from meeting another: 50 random bits. Who creates the file still asks for
/// O_EXCL, and draws again.
inline std::string random_file_part() { return base32(pooled_random_bits(), 10); }

/// Bytes of a prefix that appear in a file's name. Short, because the address of a UNIX socket has 108 bytes in all.
inline constexpr std::size_t longest_prefix = 24;
/// Bytes of a suffix: far longer than any extension.
inline constexpr std::size_t longest_suffix = 64;

constexpr bool is_plain_in_file_names(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// `text` as the beginning of a file's name, whatever its bytes: letters, digits, '_' and '-' stay, everything else is
/// '_', so that no shell, glob or file system takes it for anything but a name. Empty: "tmp".
inline std::string file_prefix(std::string_view text) {
  std::string name(text.substr(0, longest_prefix));
  for (char& c : name) {
    if (!is_plain_in_file_names(c)) c = '_';
  }
  if (name.empty()) return "tmp";
  if (name.front() == '-') name.front() = '_';
  return name;
}

/// `text` as the end of a file's name: like a prefix, but dots stay.
inline std::string file_suffix(std::string_view text) {
  std::string name(text.substr(0, longest_suffix));
  for (char& c : name) {
    if (!is_plain_in_file_names(c) && c != '.') c = '_';
  }
  return name;
}

}  // namespace detail
APART_END_NAMESPACE
