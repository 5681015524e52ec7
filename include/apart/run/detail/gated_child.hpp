#pragma once

#include <apart/run/detail/posix/gated_child.hpp>  // IWYU pragma: export
