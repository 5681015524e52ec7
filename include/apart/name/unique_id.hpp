#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <apart/detail/random_pool.hpp>
#include <apart/name/detail/counter.hpp>
#include <apart/name/detail/spelling.hpp>

APART_BEGIN_NAMESPACE

/// A number that no other call in this process returns, and under a launcher none in its run: for rows, tenants,
/// correlation ids. Never 0. Elsewhere, and in forked children, as unlikely to repeat as `unique_name`.
/// Threads: any. Errors: `apart::error` when the system gives no random numbers.
[[nodiscard]] inline std::uint64_t unique_id() {
  std::uint64_t id = detail::unique_bits();
  while (id == 0) id = detail::unique_bits();
  return id;
}

/// A UUID in the form of version 4 (RFC 9562, section 5.4), 36 characters in small letters. 64 of its bits are a
/// `unique_id`, so it is distinct where that is; the other 58 are random.
[[nodiscard]] inline std::string unique_uuid() {
  const std::uint64_t id = unique_id();
  const std::uint64_t random = detail::pooled_random_bits();
  // 48 bits, then the version and 12 bits: 60 of the id. The variant, its last 4 bits and 58 random ones.
  const std::uint64_t high = (id & 0xffffffffffff0000) | 0x4000 | ((id >> 4) & 0x0fff);
  const std::uint64_t low = 0x8000000000000000 | ((id & 0xf) << 58) | (random >> 6);
  std::string text(36, '-');
  std::size_t at = 0;
  for (int shift = 124; shift >= 0; shift -= 4) {
    if (at == 8 || at == 13 || at == 18 || at == 23) ++at;
    text[at++] = "0123456789abcdef"[(shift >= 64 ? high >> (shift - 64) : low >> shift) & 0xf];
  }
  return text;
}

/// `length` characters of bcdfghjklmnpqrstvwxz2456789, each equally likely, from the system's entropy: for passwords,
/// tokens and filler. Random, not unique: among a million strings of 8 characters about two are alike.
/// Threads: any, also in forked children.
[[nodiscard]] inline std::string random_string(std::size_t length) {
  std::string text;
  text.reserve(length);
  while (text.size() < length) {
    std::uint64_t bits = detail::pooled_random_bits();
    for (int i = 0; i < 12 && text.size() < length; ++i, bits >>= 5) {
      const std::size_t drawn = bits & 31;
      if (drawn < detail::name_alphabet_size) text += detail::name_alphabet[drawn];  // the rest would favour some
    }
  }
  return text;
}

APART_END_NAMESPACE
