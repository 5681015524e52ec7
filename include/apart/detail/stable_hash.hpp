#pragma once

#include <cstdint>
#include <string_view>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The same for every build and machine: FNV-1a, and a round of mixing (the finalizer of SplitMix64), so that the low
/// bits are as good as the high ones. Against accidents, not against people.
inline std::uint64_t stable_hash(std::string_view bytes) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3u;
  }
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
  return hash ^ (hash >> 31);
}

}  // namespace detail
APART_END_NAMESPACE
