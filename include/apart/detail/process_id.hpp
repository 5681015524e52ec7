#pragma once

#include <apart/detail/posix/process_id.hpp>  // IWYU pragma: export
