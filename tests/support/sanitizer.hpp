#pragma once

#include "support/emulator.hpp"

/// Whether a child that was forked while other threads run can do as they do. glibc sees to it; the allocator of
/// AddressSanitizer hangs, and ThreadSanitizer cannot have new threads there, nor can an emulator.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SUPPORT_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SUPPORT_SANITIZED 1
#endif
#endif

namespace support {

#if defined(SUPPORT_SANITIZED)
inline constexpr bool can_fork_beside_threads = false;
/// The tag of a test that does so: hidden where it cannot.
inline constexpr const char* forks_beside_threads = "[.]";
/// Of one whose framework goes on behind a fatal signal: a sanitizer takes that for the end of the program.
inline constexpr const char* outlives_signals = "[.]";
#else
inline constexpr bool can_fork_beside_threads = !emulated;
inline constexpr const char* forks_beside_threads = needs_kernel;
inline constexpr const char* outlives_signals = "";
#endif

}  // namespace support
