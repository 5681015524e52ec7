#pragma once

#include <apart/launch/ctest_keeper.hpp>  // IWYU pragma: export

APART_BEGIN_NAMESPACE
namespace detail {

/// Whether a fixture of ctest can keep the set-ups of a run.
inline constexpr bool has_ctest_keeper = true;

}  // namespace detail
APART_END_NAMESPACE
