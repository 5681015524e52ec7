#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/own_world.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/own_world.hpp>  // IWYU pragma: export
#endif
