#pragma once

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>

#include <apart/detail/windows/error_number.hpp>
#include <apart/detail/windows/text.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Between the paths of a list in a variable.
inline constexpr char path_separator = ';';
inline constexpr const char* path_of_list_wanted = "wants a path without a semicolon";

/// What an environment variable holds, as what this process starts finds it; nothing: it is not set.
inline std::optional<std::string> variable(const std::string& name) {
  const std::wstring wanted = wide(name);
  ::SetLastError(0);
  const std::wstring value = text_of_system(
      [&](wchar_t* text, unsigned long room) { return ::GetEnvironmentVariableW(wanted.c_str(), text, room); });
  if (value.empty() && ::GetLastError() == variable_not_found) return std::nullopt;
  return narrow(value);
}

/// Sets it, or unsets it where there is no value, for this process's C library too; there an empty one is as none. 0 or an
/// error number.
inline int set_variable(const std::string& name, const std::optional<std::string>& value) {
  const std::wstring wanted = wide(name);
  const std::wstring text = wide(value.value_or(""));
  if (const int code = ::_wputenv_s(wanted.c_str(), text.c_str())) return code;
  if (!text.empty() || ::SetEnvironmentVariableW(wanted.c_str(), value ? L"" : nullptr) != 0) return 0;
  return ::GetLastError() == variable_not_found ? 0 : last_error_number();
}

/// What is started from now on finds nothing in it.
inline void empty_variable(const char* name) { static_cast<void>(set_variable(name, std::nullopt)); }

/// What a variable of this process says is another one's from now on: what is started does not find it.
inline void strike_out(const char* name, char*) { empty_variable(name); }

}  // namespace detail
APART_END_NAMESPACE
