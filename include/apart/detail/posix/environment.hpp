#pragma once

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Between the paths of a list in a variable.
inline constexpr char path_separator = ':';
inline constexpr const char* path_of_list_wanted = "wants a path without a colon";

/// What an environment variable holds; nothing: it is not set.
inline std::optional<std::string> variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

/// Sets it, or unsets it where there is no value. 0 or an error number.
inline int set_variable(const std::string& name, const std::optional<std::string>& value) noexcept {
  const int result = value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
  return result == 0 ? 0 : errno;
}

/// What is started from now on finds nothing in it. In place, so that the environment does not move.
inline void empty_variable(const char* name) noexcept {
  if (char* const value = std::getenv(name)) *value = '\0';
}

/// What a variable of this process says is another one's from now on: what is started finds '-' in place of its first byte. In
/// place, too; `text` is where the environment has it.
inline void strike_out(const char*, char* text) noexcept { *text = '-'; }

}  // namespace detail
APART_END_NAMESPACE
