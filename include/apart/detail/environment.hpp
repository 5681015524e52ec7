#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/environment.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/environment.hpp>  // IWYU pragma: export
#endif
