#pragma once

#include <string>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The text as one word of a POSIX shell (2.2.2 Single-Quotes), as it is where that means the same.
inline std::string shell_quoted(const std::string& text) {
  constexpr const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=:,+@%-";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string quoted = "'";
  for (const char byte : text) {
    if (byte == '\'') {
      quoted += "'\\''";
    } else {
      quoted += byte;
    }
  }
  return quoted + '\'';
}

}  // namespace detail
APART_END_NAMESPACE
