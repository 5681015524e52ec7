#pragma once

#include <apart/detail/posix/silenced_stdout.hpp>  // IWYU pragma: export
