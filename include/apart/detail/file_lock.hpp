#pragma once

#include <apart/detail/posix/file_lock.hpp>  // IWYU pragma: export
