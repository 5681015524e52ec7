#pragma once

#include <apart/run/detail/posix/process_identity.hpp>  // IWYU pragma: export
