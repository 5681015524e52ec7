#pragma once

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

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

}  // namespace detail
APART_END_NAMESPACE
