#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// A number with the unit ms, s, m or h; seconds where it has none. "0" is for ever. Nothing where it is no duration, or one
/// of less than a millisecond.
inline std::optional<std::chrono::nanoseconds> parse_duration(const std::string& text) {
  using namespace std::chrono_literals;
  char* unit = nullptr;
  const double count = std::strtod(text.c_str(), &unit);
  const std::string suffix = unit;
  const std::chrono::nanoseconds scale = suffix == "ms"                    ? 1ms
                                         : suffix == "m"                   ? 1min
                                         : suffix == "h"                   ? 1h
                                         : (suffix == "s" || suffix == "") ? 1s
                                                                           : 0s;
  if (unit == text.c_str() || scale == 0s || !(count >= 0)) return std::nullopt;
  const double nanoseconds = count * static_cast<double>(scale.count());
  constexpr auto longest = (std::chrono::nanoseconds::max)();
  if (count == 0 || nanoseconds >= static_cast<double>(longest.count())) return longest;
  if (nanoseconds < 1e6) return std::nullopt;
  return std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(nanoseconds));
}

inline constexpr const char* duration_wanted = "wants a duration such as 30s, 500ms or 2m";

/// An environment variable that holds a duration. Not set or empty: `otherwise`. What is no duration is an
/// `apart::error` that names the variable.
inline std::chrono::nanoseconds duration_variable(const char* variable, std::chrono::nanoseconds otherwise) {
  const char* text = std::getenv(variable);
  if (text == nullptr || *text == '\0') return otherwise;
  const auto given = parse_duration(text);
  if (!given) raise(error(std::string(variable) + "=" + text + ": " + duration_wanted));
  return *given;
}

/// For people: "120 ms", "4.9 s", "3.5 min", "26.0 h". What is negative is "0 ms".
inline std::string in_words(std::chrono::nanoseconds given) {
  const double seconds = (std::max)(0.0, std::chrono::duration<double>(given).count());
  char text[32];
  if (seconds < 0.9995) {
    std::snprintf(text, sizeof text, "%.0f ms", seconds * 1e3);
  } else if (seconds < 119.95) {
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  } else if (seconds < 119.95 * 60) {
    std::snprintf(text, sizeof text, "%.1f min", seconds / 60);
  } else {
    std::snprintf(text, sizeof text, "%.1f h", seconds / 3600);
  }
  return text;
}

}  // namespace detail
APART_END_NAMESPACE
