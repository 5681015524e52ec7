#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/working_directory.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/working_directory.hpp>  // IWYU pragma: export
#endif
