#pragma once

#include <apart/detail/posix/ancestor.hpp>  // IWYU pragma: export
