#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/captured_output.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/captured_output.hpp>  // IWYU pragma: export
#endif
