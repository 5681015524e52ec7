#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include <apart/detail/fork.hpp>
#include <apart/detail/launched.hpp>
#include <apart/detail/random.hpp>
#include <apart/detail/visibility.hpp>

/// What every part of a program counts with, whichever version of the library it was compiled with: it stands outside
/// the versioned namespace, and neither its layout nor the bijection below it ever changes.
namespace apart::shared {

/// A stretch of the 64-bit space from which one process takes blocks. The top bit of `first` says which half of the
/// space it lies in; positions wrap around within that half.
struct name_counter {
  std::uint64_t generation;  ///< of the process that it belongs to
  std::uint64_t first;
  std::uint64_t length;
  std::atomic<std::uint64_t> taken;
  name_counter* former;  ///< an ancestor's, or one that is used up; never freed, since a thread may still look at it
};

APART_SHARED_BY_PROGRAM inline std::atomic<name_counter*> current_name_counter{nullptr};

}  // namespace apart::shared

APART_BEGIN_NAMESPACE
namespace detail {

/// The half of processes that a launcher numbered has this bit clear: each has a block of its own there. In the other
/// half everyone starts at random.
inline constexpr std::uint64_t random_half = std::uint64_t{1} << 63;
inline constexpr std::uint64_t launched_block = std::uint64_t{1} << 40;
inline constexpr std::uint64_t launched_blocks = random_half / launched_block;

/// The block that the launcher gave, together with the process that it was given to: a forked child is not that one.
struct given_block {
  bool given = false;
  std::uint64_t first = 0;
  process_owner owner;
};

inline given_block read_given_block() noexcept {
  given_block block;
  const launched& told = launched_as();
  if ((told.is_worker() || told.is_keeper()) && told.number < launched_blocks) {
    block.given = true;
    block.first = (told.run_bits + told.number * launched_block) & ~random_half;
  }
  return block;
}

inline const given_block& own_given_block() noexcept {
  static const given_block block = read_given_block();
  return block;
}

/// Asked at load, before anything can have forked.
inline const bool given_block_is_read = (own_given_block(), true);

/// Puts a counter of this process in the place of `former`. The given block serves once: it is not begun a second time
/// when it is used up.
inline void replace_name_counter(shared::name_counter* former) {
  const given_block& block = own_given_block();
  const bool takes_block = former == nullptr && block.given && block.owner.is_this_process();
  const std::uint64_t first = takes_block ? block.first : random_bits() | random_half;
  const std::uint64_t length = takes_block ? launched_block : random_half;
  std::unique_ptr<shared::name_counter> fresh(
      new shared::name_counter{process_generation(), first, length, {0}, former});
  if (shared::current_name_counter.compare_exchange_strong(former, fresh.get())) fresh.release();
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
