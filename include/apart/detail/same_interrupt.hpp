#pragma once

#include <chrono>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// A signal that comes sooner after the last one that counted is the same wish to stop, and not a stronger one:
/// timeout(1) sends its signal to the program and at once to the program's whole group.
inline constexpr std::chrono::milliseconds same_interrupt{500};

}  // namespace detail
APART_END_NAMESPACE
