#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/local_socket.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/local_socket.hpp>  // IWYU pragma: export
#endif
