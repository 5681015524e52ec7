#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/reaper.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/reaper.hpp>  // IWYU pragma: export
#endif
