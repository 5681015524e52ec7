#pragma once

#include <apart/detail/posix/process_status.hpp>  // IWYU pragma: export
