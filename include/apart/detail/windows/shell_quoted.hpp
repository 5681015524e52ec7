#pragma once

#include <cstddef>
#include <string>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The text as one word of a command line, as programs take it apart (CommandLineToArgvW); as it is where that means the same.
/// cmd.exe, which has rules of its own, replaces %NAME% in it.
inline std::string shell_quoted(const std::string& text) {
  constexpr const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=:,+@-\\";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string quoted = "\"";
  std::size_t backslashes = 0;
  for (const char byte : text) {
    if (byte == '"') quoted.append(backslashes + 1, '\\');  // those before it count twice, and one is its own
    backslashes = byte == '\\' ? backslashes + 1 : 0;
    quoted += byte;
  }
  quoted.append(backslashes, '\\');
  return quoted + '"';
}

}  // namespace detail
APART_END_NAMESPACE
