#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <apart/detail/windows/api.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

// The library's texts are UTF-8, those of Windows UTF-16. What is malformed becomes U+FFFD.

inline constexpr unsigned utf_8 = 65001;

inline std::wstring wide(std::string_view text) {
  if (text.empty()) return {};
  const int size = static_cast<int>(text.size());
  std::wstring made(static_cast<std::size_t>(::MultiByteToWideChar(utf_8, 0, text.data(), size, nullptr, 0)), L'\0');
  ::MultiByteToWideChar(utf_8, 0, text.data(), size, made.data(), static_cast<int>(made.size()));
  return made;
}

inline std::string narrow(std::wstring_view text) {
  if (text.empty()) return {};
  const int size = static_cast<int>(text.size());
  const int length = ::WideCharToMultiByte(utf_8, 0, text.data(), size, nullptr, 0, nullptr, nullptr);
  std::string made(static_cast<std::size_t>(length), '\0');
  ::WideCharToMultiByte(utf_8, 0, text.data(), size, made.data(), length, nullptr, nullptr);
  return made;
}

/// What a function says that takes a buffer and its size, and returns how much it wrote, or how much it needs; empty where
/// it returns 0.
template <class Ask>
std::wstring text_of_system(Ask ask) {
  std::wstring text(260, L'\0');
  for (;;) {
    const unsigned long size = ask(text.data(), static_cast<unsigned long>(text.size()));
    const bool fits = size < text.size();
    text.resize(fits ? size : size + 1);
    if (fits) return text;
  }
}

}  // namespace detail
APART_END_NAMESPACE
