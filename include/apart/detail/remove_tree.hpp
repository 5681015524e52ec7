#pragma once

#include <apart/detail/posix/remove_tree.hpp>  // IWYU pragma: export
