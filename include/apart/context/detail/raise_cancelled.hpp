#pragma once

#include <string>

#include <apart/context/context.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// For who waited for something until `waiting` was cancelled, and says what that was.
[[noreturn]] inline void raise_cancelled(const context& waiting, const std::string& what) {
  raise(cancelled_error(waiting.error(), waiting.cause(), context_access::node(waiting)->reason().when, what));
}

}  // namespace detail
APART_END_NAMESPACE
