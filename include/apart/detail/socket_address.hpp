#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/socket_address.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/socket_address.hpp>  // IWYU pragma: export
#endif
