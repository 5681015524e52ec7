#pragma once

#include <apart/detail/posix/environment.hpp>  // IWYU pragma: export
