#pragma once

#include <apart/detail/posix/poll_set.hpp>  // IWYU pragma: export
