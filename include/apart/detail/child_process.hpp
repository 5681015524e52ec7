#pragma once

#include <apart/detail/posix/child_process.hpp>  // IWYU pragma: export
