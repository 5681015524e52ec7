#pragma once

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <apart/detail/environment.hpp>
#include <apart/detail/path_text.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// A variable by which programs find a directory, and where that is in an `own_directory`.
struct own_directory_variable_place {
  const char* name;
  const char* place;
};

inline constexpr own_directory_variable_place own_directory_variables[] = {
    {"TMPDIR", "tmp"},
    {"TMP", "tmp"},
    {"TEMP", "tmp"},
    {"TEST_TMPDIR", "tmp"},
    {"HOME", "home"},
    {"XDG_CONFIG_HOME", "home/.config"},
    {"XDG_CACHE_HOME", "home/.cache"},
    {"XDG_DATA_HOME", "home/.local/share"},
    {"XDG_STATE_HOME", "home/.local/state"},
};

/// "NAME=value" for those that are not set here: of temporary directories the one that counts already, of others none (the
/// XDG base directory specification takes an empty one as not set). A process that begins with them adds none later, so
/// that its environment does not move while a thread of a static initializer reads it.
inline std::vector<std::string> own_directory_variables_not_set() {
  std::error_code failed;
  const std::string system = path_text(std::filesystem::temp_directory_path(failed));
  const std::string temporary = variable("TEST_TMPDIR").value_or(variable("TMPDIR").value_or(system));
  std::vector<std::string> missing;
  for (const auto& [name, place] : own_directory_variables) {
    if (variable(name)) continue;
    const bool is_temporary = std::string(place) == "tmp";
    missing.push_back(std::string(name) + '=' + (is_temporary ? temporary : ""));
  }
  return missing;
}

}  // namespace detail
APART_END_NAMESPACE
