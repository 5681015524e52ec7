#pragma once

#include <apart/detail/posix/signal_pipe.hpp>  // IWYU pragma: export
