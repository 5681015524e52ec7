#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/random.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/random.hpp>  // IWYU pragma: export
#endif
