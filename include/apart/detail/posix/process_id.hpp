#pragma once

#include <apart/version.hpp>

#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

inline long process_id() noexcept { return static_cast<long>(::getpid()); }

}  // namespace detail
APART_END_NAMESPACE
