#pragma once

#include <apart/detail/posix/captured_output.hpp>  // IWYU pragma: export
