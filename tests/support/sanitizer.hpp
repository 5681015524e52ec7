#pragma once

namespace support {

/// Whether a child that was forked while other threads allocate can itself allocate: glibc sees to it, the allocator of
/// AddressSanitizer does not and hangs.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool can_fork_beside_threads = false;
#elif defined(__has_feature)
inline constexpr bool can_fork_beside_threads = !__has_feature(address_sanitizer);
#else
inline constexpr bool can_fork_beside_threads = true;
#endif

}  // namespace support
