#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/file_lock.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/file_lock.hpp>  // IWYU pragma: export
#endif
