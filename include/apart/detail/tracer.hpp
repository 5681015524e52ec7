#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/tracer.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/tracer.hpp>  // IWYU pragma: export
#endif
