#pragma once

#include <apart/run/detail/posix/leased_port.hpp>  // IWYU pragma: export
