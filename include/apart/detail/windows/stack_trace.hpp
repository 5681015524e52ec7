#pragma once

#include <string>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// There is no signal that a thread could take: no stack is printed.
inline void print_stack_on_quit() noexcept {}
inline std::string with_source_lines(std::string text) { return text; }

}  // namespace detail
APART_END_NAMESPACE
