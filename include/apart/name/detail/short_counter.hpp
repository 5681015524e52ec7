#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include <apart/detail/fork.hpp>
#include <apart/detail/random.hpp>
#include <apart/error.hpp>
#include <apart/name/detail/counter.hpp>
#include <apart/name/detail/spelling.hpp>

APART_BEGIN_SHARED_NAMESPACE

/// As `current_name_counter`, in the space of short names: positions from 0 to 27^8 - 1.
inline std::atomic<name_counter*> current_short_counter{nullptr};

APART_END_SHARED_NAMESPACE

APART_BEGIN_NAMESPACE
namespace detail {

/// The lower part of the space belongs to processes that a launcher numbered: 32,768 blocks of 4,194,304 names each. In
/// the upper part everyone else starts at random.
inline constexpr std::uint64_t short_launched = std::uint64_t{1} << 37;
inline constexpr std::uint64_t short_block = std::uint64_t{1} << 22;
inline constexpr std::uint64_t short_blocks = short_launched / short_block;
inline constexpr std::uint64_t short_random = short_spellings - short_launched;

[[noreturn]] inline void raise_no_short_names(const std::string& why) {
  raise(error("short names: " + why + "; use unique_name(), whose 14 characters do not run out"));
}

inline void replace_short_counter(shared::name_counter* former) {
  const given_number& given = own_given_number();
  if (!given.holds_after(former)) {
    const std::uint64_t first = short_launched + random_bits() % short_random;
    return replace_counter(shared::current_short_counter, former, first, short_random);
  }
  if (given.number >= short_blocks) {
    raise_no_short_names("this is process " + std::to_string(given.number) + " of the run, and there is room for " +
                         std::to_string(short_blocks));
  }
  const std::uint64_t first = (given.run_bits + given.number * short_block) % short_launched;
  replace_counter(shared::current_short_counter, former, first, short_block);
}

/// A position that no other call in this process returns, nor, under a launcher, any in its run. Any thread, fork and
/// raw clone, as `unique_bits`.
inline std::uint64_t unique_short_position() {
  for (;;) {
    shared::name_counter* const counter = shared::current_short_counter.load(std::memory_order_acquire);
    if (counter == nullptr || counter->generation != process_generation()) {
      replace_short_counter(counter);
      continue;
    }
    const std::uint64_t taken = counter->taken.fetch_add(1, std::memory_order_relaxed);
    if (taken >= counter->length) {
      raise_no_short_names("this process has used up the " + std::to_string(counter->length) + " that it may make");
    }
    return counter->first < short_launched ? (counter->first + taken) % short_launched
                                           : short_launched + (counter->first - short_launched + taken) % short_random;
  }
}

/// A permutation of the positions, so that neighbours come out unlike each other: a Feistel network of four rounds on
/// two digits of base 27^4. Whatever the round function is, each round can be undone.
constexpr std::uint64_t permute_short(std::uint64_t position) noexcept {
  constexpr std::uint64_t base = std::uint64_t{pair_count} * pair_count;
  std::uint64_t left = position / base;
  std::uint64_t right = position % base;
  for (std::uint64_t round = 1; round <= 4; ++round) {
    const std::uint64_t next = (left + mix((round << 32) | right) % base) % base;
    left = right;
    right = next;
  }
  return left * base + right;
}

}  // namespace detail
APART_END_NAMESPACE
