#pragma once

#if defined(_WIN32)
#include <apart/run/detail/windows/locked_directory.hpp>  // IWYU pragma: export
#else
#include <apart/run/detail/posix/locked_directory.hpp>  // IWYU pragma: export
#endif
