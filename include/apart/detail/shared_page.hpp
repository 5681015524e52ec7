#pragma once

#include <apart/detail/posix/shared_page.hpp>  // IWYU pragma: export
