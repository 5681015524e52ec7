#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/silenced_stdout.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/silenced_stdout.hpp>  // IWYU pragma: export
#endif
