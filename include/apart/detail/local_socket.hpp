#pragma once

#include <apart/detail/posix/local_socket.hpp>  // IWYU pragma: export
