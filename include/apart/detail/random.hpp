#pragma once

#include <apart/detail/posix/random.hpp>  // IWYU pragma: export
