#pragma once

#include <apart/detail/posix/user_root.hpp>  // IWYU pragma: export
