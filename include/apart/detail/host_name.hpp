#pragma once

#include <apart/detail/posix/host_name.hpp>  // IWYU pragma: export
