#pragma once

#include <string_view>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Whether `pattern`, in which * stands for any text and ? for any byte, stands for all of `text`.
constexpr bool matches_glob(std::string_view pattern, std::string_view text) noexcept {
  std::size_t at = 0, in_text = 0;
  std::size_t star = std::string_view::npos, behind_star = 0;
  while (in_text < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      behind_star = in_text;
    } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == text[in_text])) {
      ++at;
      ++in_text;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in_text = ++behind_star;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

}  // namespace detail
APART_END_NAMESPACE
