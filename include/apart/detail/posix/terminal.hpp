#pragma once

#include <cstdio>

#include <apart/version.hpp>

#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

inline bool is_terminal(std::FILE* stream) noexcept { return ::isatty(::fileno(stream)) == 1; }

}  // namespace detail
APART_END_NAMESPACE
