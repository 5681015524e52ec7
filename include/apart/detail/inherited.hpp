#pragma once

#include <apart/detail/posix/inherited.hpp>  // IWYU pragma: export
