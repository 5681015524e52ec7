#pragma once

#include <apart/context/detail/posix/interrupts.hpp>  // IWYU pragma: export
