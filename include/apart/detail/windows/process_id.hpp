#pragma once

#include <apart/detail/windows/api.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

inline long process_id() noexcept { return static_cast<long>(::GetCurrentProcessId()); }

}  // namespace detail
APART_END_NAMESPACE
