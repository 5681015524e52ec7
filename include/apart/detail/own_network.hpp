#pragma once

#include <apart/detail/posix/own_network.hpp>  // IWYU pragma: export
