#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What has a null value of its own: a pointer to a function, a std::function. A lambda compares with null too, since it
/// converts to a pointer, but is never null.
template <class F, class = void>
struct can_be_empty : std::is_pointer<F> {};
template <class F>
struct can_be_empty<
    F, std::void_t<decltype(std::declval<const F&>() == nullptr, std::declval<const F&>().operator bool())>>
    : std::true_type {};

/// Refuses now what could only fail when it is called.
template <class F>
void refuse_empty(const F& function, const char* whose) {
  if constexpr (can_be_empty<F>::value) {
    if (function == nullptr) raise(error(std::string(whose) + ": the function is empty; give it one to call"));
  }
}

}  // namespace detail
APART_END_NAMESPACE
