#pragma once

#if defined(_WIN32)
#include <apart/launch/detail/windows/ctest_run.hpp>  // IWYU pragma: export
#else
#include <apart/launch/detail/posix/ctest_run.hpp>  // IWYU pragma: export
#endif
