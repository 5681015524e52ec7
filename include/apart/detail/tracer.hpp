#pragma once

#include <apart/detail/posix/tracer.hpp>  // IWYU pragma: export
