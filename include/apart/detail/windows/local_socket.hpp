#pragma once

#include <cerrno>
#include <string>

#include <apart/detail/windows/descriptor.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Nobody listens at any path: see `connection`.
inline int connect_to(const std::string&, descriptor&) noexcept { return ENOENT; }

}  // namespace detail
APART_END_NAMESPACE
