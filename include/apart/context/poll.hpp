#pragma once

#include <chrono>
#include <string>
#include <type_traits>
#include <utility>

#include <apart/context/context.hpp>
#include <apart/context/detail/raise_cancelled.hpp>
#include <apart/detail/duration.hpp>
#include <apart/detail/refuse_empty.hpp>

APART_BEGIN_NAMESPACE

/// Asks until the answer is yes: at once, and then again each time so long has passed. False: the context was cancelled
/// first; nothing is asked after that. What the predicate throws passes through.
///
///     CHECK(apart::poll_until(apart::this_test::ctx(), 5ms, [&] { return store.has("order 7"); }));
///
/// The predicate returns exactly bool: an int such as a system call's result would be read backwards. An empty one is an
/// `apart::error`. A period that is negative or zero asks without a pause.
template <class Rep, class Period, class Predicate>
[[nodiscard]] bool poll_until(const context& waiting, std::chrono::duration<Rep, Period> every, Predicate predicate) {
  static_assert(std::is_same_v<std::invoke_result_t<Predicate&>, bool>,
                "apart: the predicate of poll_until returns exactly bool");
  detail::refuse_empty(predicate, "poll_until");
  while (!waiting.cancelled()) {
    if (predicate()) return true;
    if (!waiting.sleep_for(every)) return false;
  }
  return false;
}

/// The same for an attempt that fails by throwing a std::exception, or by returning false; it returns bool or nothing.
/// What else it throws passes through, such as the end of a test by REQUIRE. Throws a `cancelled_error` where the context is
/// cancelled first, with what the last attempt said:
///
///     apart::poll_until_or_throw(ctx, 5ms, [&] { client.ping(); });
///     // test "stores a record": timed out 0 ms ago: the test's time (APART_TIMEOUT or --timeout) is over; asked
///     // 12000 times in 60.0 s, the last answer: connection refused
template <class Rep, class Period, class Attempt>
void poll_until_or_throw(const context& waiting, std::chrono::duration<Rep, Period> every, Attempt attempt) {
  using result = std::invoke_result_t<Attempt&>;
  static_assert(std::is_same_v<result, bool> || std::is_void_v<result>,
                "apart: the attempt of poll_until_or_throw returns exactly bool, or nothing");
  detail::refuse_empty(attempt, "poll_until_or_throw");
  const auto began = context::clock::now();
  unsigned long long asked = 0;
  std::string last_answer;
  const auto succeeds = [&] {
    ++asked;
    last_answer = "false";
    bool yes = true;
    const auto ask = [&] {
      if constexpr (std::is_void_v<result>) {
        attempt();
      } else {
        yes = attempt();
      }
    };
    return detail::attempt_standard(ask, [&](const char* text) { last_answer = text; }) && yes;
  };
  if (poll_until(waiting, every, succeeds)) return;
  std::string what = detail::describe_end(*detail::context_access::node(waiting));
  what += "; asked " + std::to_string(asked) + " times in " + detail::in_words(context::clock::now() - began);
  if (asked != 0) what += ", the last answer: " + last_answer;
  detail::raise_cancelled(waiting, what);
}

APART_END_NAMESPACE
