#pragma once

#include <apart/detail/posix/loaded_files.hpp>  // IWYU pragma: export
