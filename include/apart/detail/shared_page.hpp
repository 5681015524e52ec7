#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/shared_page.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/shared_page.hpp>  // IWYU pragma: export
#endif
