#pragma once

#include <apart/detail/posix/files_root.hpp>  // IWYU pragma: export
