#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/path_text.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/path_text.hpp>  // IWYU pragma: export
#endif
