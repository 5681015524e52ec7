#pragma once

#if defined(_WIN32)
#include <apart/run/detail/windows/gated_child.hpp>  // IWYU pragma: export
#else
#include <apart/run/detail/posix/gated_child.hpp>  // IWYU pragma: export
#endif
