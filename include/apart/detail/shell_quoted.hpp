#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/shell_quoted.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/shell_quoted.hpp>  // IWYU pragma: export
#endif
