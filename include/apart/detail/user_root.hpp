#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/user_root.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/user_root.hpp>  // IWYU pragma: export
#endif
