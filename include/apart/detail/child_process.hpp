#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/child_process.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/child_process.hpp>  // IWYU pragma: export
#endif
