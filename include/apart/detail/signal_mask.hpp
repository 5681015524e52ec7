#pragma once

#include <apart/detail/posix/signal_mask.hpp>  // IWYU pragma: export
