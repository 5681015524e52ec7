#pragma once

#include <apart/detail/posix/atomic_write.hpp>  // IWYU pragma: export
