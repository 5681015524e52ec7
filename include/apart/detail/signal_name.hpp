#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/signal_name.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/signal_name.hpp>  // IWYU pragma: export
#endif
