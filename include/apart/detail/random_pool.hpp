#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <apart/detail/fork.hpp>
#include <apart/detail/random.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Entropy of the system that a thread has drawn and not used yet.
struct random_pool {
  std::uint64_t generation = 0;  ///< of the process that drew it: a forked child draws its own
  std::size_t used = 0;
  std::array<std::uint64_t, 32> words{};
};

inline thread_local random_pool this_thread_pool;

/// As `random_bits`, with one system call for 32 of them.
inline std::uint64_t pooled_random_bits() {
  random_pool& pool = this_thread_pool;
  if (pool.generation != process_generation() || pool.used == pool.words.size()) {
    pool.generation = 0;
    fill_random(pool.words);
    pool.generation = process_generation();
    pool.used = 0;
  }
  return std::exchange(pool.words[pool.used++], 0);
}

}  // namespace detail
APART_END_NAMESPACE
