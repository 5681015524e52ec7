#pragma once

#include <apart/detail/posix/signal_actions.hpp>  // IWYU pragma: export
