#pragma once

#if defined(_WIN32)
#include <apart/detail/windows/remove_tree.hpp>  // IWYU pragma: export
#else
#include <apart/detail/posix/remove_tree.hpp>  // IWYU pragma: export
#endif
