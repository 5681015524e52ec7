#pragma once

#include <apart/detail/posix/own_world.hpp>  // IWYU pragma: export
