#pragma once

#if defined(_WIN32)
#include <apart/context/detail/windows/interrupts.hpp>  // IWYU pragma: export
#else
#include <apart/context/detail/posix/interrupts.hpp>  // IWYU pragma: export
#endif
