#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/terminal.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/terminal.hpp>  // IWYU pragma: export
#endif
