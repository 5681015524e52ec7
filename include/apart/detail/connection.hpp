#pragma once

#include <apart/detail/posix/connection.hpp>  // IWYU pragma: export
