#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/stack_trace.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/stack_trace.hpp>  // IWYU pragma: export
#endif
