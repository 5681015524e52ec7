#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/connection.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/connection.hpp>  // IWYU pragma: export
#endif
