#pragma once

#include <atomic>
#include <cstdint>

#include <apart/detail/fork.hpp>
#include <apart/detail/launched.hpp>
#include <apart/detail/random.hpp>

/// What every part of a program counts with, whichever version of the library it was compiled with: it stands outside
/// the versioned namespace, and neither its layout nor the bijection below it ever changes.
APART_BEGIN_SHARED_NAMESPACE

/// A stretch of the 64-bit space from which one process takes blocks. The top bit of `first` says which half of the
/// space it lies in; positions wrap around within that half.
struct name_counter {
  std::uint64_t generation;  ///< of the process that it belongs to
  std::uint64_t first;
  std::uint64_t length;
  std::atomic<std::uint64_t> taken;
  name_counter* former;  ///< an ancestor's, or one that is used up; never freed, since a thread may still look at it
};

inline std::atomic<name_counter*> current_name_counter{nullptr};

APART_END_SHARED_NAMESPACE

APART_BEGIN_NAMESPACE
namespace detail {

/// The half of processes that a launcher numbered has this bit clear: each has a block of its own there. In the other
/// half everyone starts at random.
inline constexpr std::uint64_t random_half = std::uint64_t{1} << 63;
inline constexpr std::uint64_t launched_block = std::uint64_t{1} << 40;
inline constexpr std::uint64_t launched_blocks = random_half / launched_block;

/// The number that the launcher gave, together with the process that it was given to: a forked child is not that one.
struct given_number {
  bool given = false;
  std::uint64_t number = 0;
  std::uint64_t run_bits = 0;
  process_owner owner;

  /// Serves once in a process: `former` is what it counted with before.
  bool holds_after(const shared::name_counter* former) const noexcept {
    return given && former == nullptr && owner.is_this_process();
  }
};

inline given_number read_given_number() noexcept {
  const launched& told = launched_as();
  given_number given;
  given.given = told.is_worker() || told.is_keeper();
  given.number = told.number;
  given.run_bits = told.run_bits;
  return given;
}

inline const given_number& own_given_number() noexcept {
  static const given_number given = read_given_number();
  return given;
}

/// Asked at load, before anything can have forked.
inline const bool given_number_is_read = (own_given_number(), true);

/// Puts a counter of this process in the place of `former`, unless another thread has been faster.
inline void replace_counter(std::atomic<shared::name_counter*>& current, shared::name_counter* former,
                            std::uint64_t first, std::uint64_t length) {
  auto* const fresh = new shared::name_counter{process_generation(), first, length, {0}, former};
  if (!current.compare_exchange_strong(former, fresh)) delete fresh;
}

inline void replace_name_counter(shared::name_counter* former) {
  const given_number& given = own_given_number();
  if (given.holds_after(former) && given.number < launched_blocks) {
    const std::uint64_t first = (given.run_bits + given.number * launched_block) & ~random_half;
    replace_counter(shared::current_name_counter, former, first, launched_block);
  } else {
    replace_counter(shared::current_name_counter, former, random_bits() | random_half, random_half);
  }
}

/// What a thread has taken from the counter of its process: threads meet only when they take another.
struct name_block {
  static constexpr std::uint64_t size = 1024;

  std::uint64_t generation = 0;
  std::uint64_t half = 0;
  std::uint64_t next = 0;
  std::uint64_t end = 0;
};

inline thread_local name_block this_thread_block;

inline void refill(name_block& block) {
  for (;;) {
    shared::name_counter* const counter = shared::current_name_counter.load(std::memory_order_acquire);
    const std::uint64_t generation = process_generation();
    if (counter != nullptr && counter->generation == generation) {
      const std::uint64_t begin = counter->taken.fetch_add(name_block::size, std::memory_order_relaxed);
      if (begin <= counter->length - name_block::size) {
        block.generation = generation;
        block.half = counter->first & random_half;
        block.next = counter->first + begin;
        block.end = block.next + name_block::size;
        return;
      }
    }
    replace_name_counter(counter);
  }
}

/// A bijection on 64 bits: the finaliser of splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
/// Generators, 2014, variant 13 of Stafford). Neighbours come out unlike each other.
constexpr std::uint64_t mix(std::uint64_t value) noexcept {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

/// 64 bits that no other call in this process returns, nor, under a launcher, any in its run. Any thread. A forked
/// child, by raw clone too, counts elsewhere; a process stops handing out its own where it forks.
inline std::uint64_t unique_bits() {
  name_block& block = this_thread_block;
  if (block.next == block.end || block.generation != process_generation()) refill(block);
  return mix(block.half | (block.next++ & ~random_half));
}

}  // namespace detail
APART_END_NAMESPACE
