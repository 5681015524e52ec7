#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/file_system.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/file_system.hpp>  // IWYU pragma: export
#endif
