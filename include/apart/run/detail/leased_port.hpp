#pragma once

#if defined(_WIN32)
#include <apart/run/detail/windows/leased_port.hpp>  // IWYU pragma: export
#else
#include <apart/run/detail/posix/leased_port.hpp>  // IWYU pragma: export
#endif
