#pragma once

#include <apart/detail/posix/socket_address.hpp>  // IWYU pragma: export
