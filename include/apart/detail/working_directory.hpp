#pragma once

#include <apart/detail/posix/working_directory.hpp>  // IWYU pragma: export
