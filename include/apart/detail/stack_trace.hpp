#pragma once

#include <apart/detail/posix/stack_trace.hpp>  // IWYU pragma: export
