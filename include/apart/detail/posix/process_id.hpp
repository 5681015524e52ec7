#pragma once

#include <apart/version.hpp>

#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// As the system's own calls number processes.
using process_number = pid_t;

inline long process_id() noexcept { return static_cast<long>(::getpid()); }

/// The number by which a launcher makes sure that it is this process that it tells something.
inline long launched_process_id() noexcept { return process_id(); }

}  // namespace detail
APART_END_NAMESPACE
