#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/inherited.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/inherited.hpp>  // IWYU pragma: export
#endif
