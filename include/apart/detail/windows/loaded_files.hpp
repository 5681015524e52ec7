#pragma once

#include <string>

#include <apart/detail/windows/path_text.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Absolute.
inline std::string path_of_program() {
  return path_text_of_system(
      text_of_system([](wchar_t* text, unsigned long room) { return ::GetModuleFileNameW(nullptr, text, room); }));
}

}  // namespace detail
APART_END_NAMESPACE
