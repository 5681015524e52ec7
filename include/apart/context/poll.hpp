#pragma once

#include <chrono>
#include <type_traits>

#include <apart/context/context.hpp>

APART_BEGIN_NAMESPACE

/// Asks until the answer is yes: at once, and then again each time so long has passed. False: the context was cancelled
/// first; nothing is asked after that. What the predicate throws passes through.
///
///     CHECK(apart::poll_until(apart::this_test::ctx(), 5ms, [&] { return store.has("order 7"); }));
///
/// The predicate returns exactly bool: an int such as a system call's result would be read backwards.
template <class Rep, class Period, class Predicate>
[[nodiscard]] bool poll_until(const context& waiting, std::chrono::duration<Rep, Period> every, Predicate predicate) {
  static_assert(std::is_same_v<std::invoke_result_t<Predicate&>, bool>,
                "apart: the predicate of poll_until returns exactly bool");
  while (!waiting.cancelled()) {
    if (predicate()) return true;
    if (!waiting.sleep_for(every)) return false;
  }
  return false;
}

APART_END_NAMESPACE
