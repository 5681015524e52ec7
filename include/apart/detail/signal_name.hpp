#pragma once

#include <apart/detail/posix/signal_name.hpp>  // IWYU pragma: export
