#pragma once

#include <apart/detail/posix/image.hpp>  // IWYU pragma: export
