#pragma once

namespace support {

/// Whether qemu-user runs this program (tests/support/toolchain). Its process has a thread more; it takes no limit of
/// memory (setrlimit(2)), adopts no orphans (prctl(2), PR_SET_CHILD_SUBREAPER) and wipes no memory in a raw clone
/// (madvise(2)); and where other threads run when a process forks, the child has no new ones: an assertion of the emulator
/// fails (7.2), without the library, too.
#if defined(SUPPORT_EMULATED)
inline constexpr bool emulated = true;
/// The tag of a test of such things: hidden in an emulator, and named by one_by_one.py.
inline constexpr const char* needs_kernel = "[.][emulator]";
#else
inline constexpr bool emulated = false;
inline constexpr const char* needs_kernel = "";
#endif

}  // namespace support
