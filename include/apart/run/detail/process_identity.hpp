#pragma once

#if defined(_WIN32)
#include <apart/run/detail/windows/process_identity.hpp>  // IWYU pragma: export
#else
#include <apart/run/detail/posix/process_identity.hpp>  // IWYU pragma: export
#endif
