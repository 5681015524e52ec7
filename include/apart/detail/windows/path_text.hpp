#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include <apart/detail/windows/text.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

// Inside of the library a path is a text in UTF-8, with '/' between its names, as "C:/Users/ann"; outside it has '\'.

inline std::string path_text_of_system(std::wstring_view path) {
  std::string text = narrow(path);
  std::replace(text.begin(), text.end(), '\\', '/');
  return text;
}
inline std::string path_text(const std::filesystem::path& path) { return path_text_of_system(path.native()); }

inline std::filesystem::path path_of(const std::string& text) {
  return std::filesystem::path(wide(text)).make_preferred();
}

/// For a call of the system. One that is too long for the old limit of 260 characters is spelled so that there is none
/// (Maximum Path Length Limitation); then it has to be absolute and without "..", as all paths of the library are.
inline std::wstring path_for_system(std::string_view text) {
  constexpr std::size_t longest = 240;  // of a directory, which is to take a short name
  std::wstring path = wide(text);
  std::replace(path.begin(), path.end(), L'/', L'\\');
  if (path.size() < longest || path.compare(0, 4, L"\\\\?\\") == 0) return path;
  if (path.compare(0, 2, L"\\\\") == 0) return L"\\\\?\\UNC" + path.substr(1);
  return path.size() > 2 && path[1] == L':' ? L"\\\\?\\" + path : path;
}

}  // namespace detail
APART_END_NAMESPACE
