#pragma once

#include <string>
#include <vector>

#include <apart/detail/windows/path_text.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Absolute.
inline std::string path_of_program() {
  return path_text_of_system(
      text_of_system([](wchar_t* text, unsigned long room) { return ::GetModuleFileNameW(nullptr, text, room); }));
}

/// What runs it needs to reach beside what every process does.
inline std::vector<std::string> loaded_files() { return {path_of_program()}; }

}  // namespace detail
APART_END_NAMESPACE
