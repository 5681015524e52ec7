#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/signal_pipe.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/signal_pipe.hpp>  // IWYU pragma: export
#endif
