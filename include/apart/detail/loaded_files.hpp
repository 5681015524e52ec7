#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/loaded_files.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/loaded_files.hpp>  // IWYU pragma: export
#endif
