#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>

#include <apart/detail/windows/child_api.hpp>

#include <io.h>

APART_BEGIN_NAMESPACE
namespace detail {

inline void* handle_of(std::FILE* stream) noexcept {
  return reinterpret_cast<void*>(::_get_osfhandle(::_fileno(stream)));
}

/// A console that knows the sequences of a terminal, and heeds them from now on (Windows 10).
inline bool is_terminal(std::FILE* stream) noexcept {
  constexpr unsigned long sequences = 0x4;  // ENABLE_VIRTUAL_TERMINAL_PROCESSING
  unsigned long mode = 0;
  return ::GetConsoleMode(handle_of(stream), &mode) != 0 && ::SetConsoleMode(handle_of(stream), mode | sequences) != 0;
}

/// How many characters a line has on that terminal; 80 where it does not say.
inline std::size_t columns_of_terminal(std::FILE* stream) noexcept {
  struct {  // CONSOLE_SCREEN_BUFFER_INFO
    std::int16_t size[2];
    std::int16_t cursor[2];
    std::uint16_t attributes;
    std::int16_t left, top, right, bottom;
    std::int16_t most[2];
  } found{};
  auto* const out = reinterpret_cast<_CONSOLE_SCREEN_BUFFER_INFO*>(&found);
  const bool told = ::GetConsoleScreenBufferInfo(handle_of(stream), out) != 0 && found.right > found.left;
  return told ? static_cast<std::size_t>(found.right - found.left + 1) : 80;
}

}  // namespace detail
APART_END_NAMESPACE
