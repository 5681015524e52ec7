#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/ancestor.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/ancestor.hpp>  // IWYU pragma: export
#endif
