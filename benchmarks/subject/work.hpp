#pragma once

#include <chrono>
#include <string>

/// What the suite that the launcher's benchmark runs and the benchmark itself know of its tests.
inline constexpr int most_that_work = 88;

inline std::string name_of(int number) { return "test " + std::to_string(number); }

/// Uneven, as integration tests are: most are short, every eleventh is long, and the longest comes last.
inline std::chrono::milliseconds work_of(int number) {
  if (number == most_that_work - 1) return std::chrono::milliseconds(400);
  return std::chrono::milliseconds(number % 11 == 10 ? 150 : 5 + number % 7);
}
