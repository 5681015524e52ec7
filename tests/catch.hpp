#pragma once

// Catch2 of either generation: 2.13 is one header, 3.x a library of many. In 3.x Contains() asks a range for an element;
// what asks a text for a part of it is ContainsSubstring() in both.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>  // IWYU pragma: export
#else
#include <string>

#include <catch2/catch.hpp>  // IWYU pragma: export

namespace Catch::Matchers {
inline StdString::ContainsMatcher ContainsSubstring(const std::string& part) { return Contains(part); }
}  // namespace Catch::Matchers
#endif
