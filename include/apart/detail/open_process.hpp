#pragma once

#include <apart/detail/posix/open_process.hpp>  // IWYU pragma: export
