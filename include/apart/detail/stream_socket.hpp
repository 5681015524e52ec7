#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/stream_socket.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/stream_socket.hpp>  // IWYU pragma: export
#endif
