#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/descriptor.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/descriptor.hpp>  // IWYU pragma: export
#endif
