#pragma once

#include <atomic>
#include <cstdint>
#include <new>

#include <apart/version.hpp>

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

/// The number of this process among its forks, for all parts of the program: 0 means "not asked yet, or just forked".
APART_BEGIN_SHARED_NAMESPACE

inline std::atomic<std::uint64_t> plain_process_word{0};
inline std::atomic<std::atomic<std::uint64_t>*> process_word{&plain_process_word};
inline std::atomic<std::uint64_t> last_process_generation{0};

APART_END_SHARED_NAMESPACE

APART_BEGIN_NAMESPACE
namespace detail {

/// A word that the kernel clears in every child, raw clone included (Linux 4.14, madvise(2)); null where it cannot.
/// An emulator that accepts any advice, the impossible one too, is not believed: qemu-user does so and clears nothing.
inline std::atomic<std::uint64_t>* map_wiped_word() noexcept {
#if defined(MADV_WIPEONFORK)
  const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* page = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return nullptr;
  if (::madvise(page, size, MADV_WIPEONFORK) == 0 && ::madvise(page, size, -1) != 0) {
    return ::new (page) std::atomic<std::uint64_t>{0};
  }
  ::munmap(page, size);
#endif
  return nullptr;
}

/// The first part of the program that asks chooses for all.
inline bool choose_process_word() noexcept {
  std::atomic<std::uint64_t>* chosen = &shared::plain_process_word;
  if (shared::process_word.load() != chosen) return true;
  if (std::atomic<std::uint64_t>* const wiped = map_wiped_word()) {
    shared::process_word.compare_exchange_strong(chosen, wiped);
    return true;
  }
  return ::pthread_atfork(nullptr, nullptr, [] { shared::plain_process_word.store(0); }) == 0;
}

inline std::uint64_t new_process_generation() noexcept {
  static const bool chosen = choose_process_word();
  static_cast<void>(chosen);
  std::atomic<std::uint64_t>& word = *shared::process_word.load();
  std::uint64_t none = 0;
  word.compare_exchange_strong(none, shared::last_process_generation.fetch_add(1) + 1);
  return word.load();
}

inline std::uint64_t process_generation() noexcept {
  const std::uint64_t known = shared::process_word.load(std::memory_order_acquire)->load(std::memory_order_relaxed);
  return known != 0 ? known : new_process_generation();
}

/// Chosen while the program is still loaded by one thread.
inline const std::uint64_t generation_at_load = process_generation();

inline void at_fork(void (*prepare)(), void (*parent)(), void (*child)()) {
  static_cast<void>(::pthread_atfork(prepare, parent, child));
}

}  // namespace detail
APART_END_NAMESPACE
