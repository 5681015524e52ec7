#pragma once

#include <chrono>
#include <ratio>

#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Any duration in nanoseconds; what they cannot count is the longest or the shortest that they can. What is no number
/// (NaN) is an `apart::error`.
template <class Rep, class Period>
constexpr std::chrono::nanoseconds saturated(std::chrono::duration<Rep, Period> given) {
  using std::chrono::nanoseconds;
  using wide = std::chrono::duration<long double, std::nano>;
  const wide exact = std::chrono::duration_cast<wide>(given);
  const bool counts = exact < wide((nanoseconds::max)());
  if (!counts && exact > wide(0)) return (nanoseconds::max)();
  if (!counts) raise(error("a duration is no number (NaN): correct how it is computed"));
  if (exact < wide((nanoseconds::min)())) return (nanoseconds::min)();
  if constexpr (std::ratio_divide<Period, std::nano>::den != 1) {
    return std::chrono::duration_cast<nanoseconds>(exact);  // the cast of integers would multiply first
  } else {
    return std::chrono::duration_cast<nanoseconds>(given);
  }
}

/// That long from now; never, where the clock cannot count so far.
template <class Rep, class Period>
std::chrono::steady_clock::time_point from_now(std::chrono::duration<Rep, Period> given) {
  using clock = std::chrono::steady_clock;
  const clock::time_point now = clock::now();
  const std::chrono::nanoseconds wait = saturated(given);
  return wait > (clock::time_point::max)() - now ? (clock::time_point::max)() : now + wait;
}

}  // namespace detail
APART_END_NAMESPACE
