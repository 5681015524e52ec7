#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/poll_set.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/poll_set.hpp>  // IWYU pragma: export
#endif
