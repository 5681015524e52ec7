#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/image.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/image.hpp>  // IWYU pragma: export
#endif
