#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/process_id.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/process_id.hpp>  // IWYU pragma: export
#endif
