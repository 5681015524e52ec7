#pragma once

#include <apart/detail/posix/file_system.hpp>  // IWYU pragma: export
