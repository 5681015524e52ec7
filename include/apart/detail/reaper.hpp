#pragma once

#include <apart/detail/posix/reaper.hpp>  // IWYU pragma: export
