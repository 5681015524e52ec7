#pragma once

#include <apart/detail/image.hpp>

#if defined(_WIN32)
#include <apart/detail/windows/fork.hpp>
#else
#include <apart/detail/posix/fork.hpp>
#endif

APART_BEGIN_NAMESPACE
namespace detail {

/// The one way in which the library learns that it runs in a forked child.
///
///     std::uint64_t process_generation() noexcept;
///         A number that differs from the one that any ancestor process was given; never 0; stays the same between two
///         forks. What belongs to one process keeps it and compares: a child that was forked sees another one. About a
///         nanosecond. Any thread; also safe in a raw clone. Nothing else of the library is, where the parent has
///         several threads: such a child finds the locks of malloc, and the library's, as they were at that moment.
///
///     void at_fork(void (*prepare)(), void (*parent)(), void (*child)());
///         pthread_atfork(3): `prepare` before a fork, on the forking thread, in reverse order of registration;
///         `parent` and `child` after it, in order. Any may be null. What takes a mutex in `prepare` and gives it back
///         in the two others leaves a child whose state is whole. Raw clones run none of them.
///
/// Where there is no fork the number is a constant, and nothing is registered.

/// Says whether the process that made this value is the one that asks: what a forked child's copy of a guard checks
/// before it releases anything.
class process_owner {
 public:
  bool is_this_process() const noexcept { return generation_ == process_generation(); }

 private:
  std::uint64_t generation_ = process_generation();
};

}  // namespace detail
APART_END_NAMESPACE
