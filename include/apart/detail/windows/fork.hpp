#pragma once

#include <cstdint>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Windows has no fork: every process is its own first generation.
constexpr std::uint64_t process_generation() noexcept { return 1; }

inline void at_fork(void (*)(), void (*)(), void (*)()) noexcept {}

}  // namespace detail
APART_END_NAMESPACE
