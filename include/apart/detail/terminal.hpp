#pragma once

#include <apart/detail/posix/terminal.hpp>  // IWYU pragma: export
