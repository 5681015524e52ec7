#pragma once

#include <string_view>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// A text that is another one for another type, as the compiler spells it; also without run-time type information. To
/// compare, not to print.
template <class T>
constexpr std::string_view type_name() noexcept {
#if defined(_MSC_VER) && !defined(__clang__)
  return __FUNCSIG__;
#else
  return __PRETTY_FUNCTION__;
#endif
}

}  // namespace detail
APART_END_NAMESPACE
