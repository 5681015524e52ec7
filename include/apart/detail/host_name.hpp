#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/host_name.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/host_name.hpp>  // IWYU pragma: export
#endif
