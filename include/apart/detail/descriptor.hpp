#pragma once

#include <apart/detail/posix/descriptor.hpp>  // IWYU pragma: export
