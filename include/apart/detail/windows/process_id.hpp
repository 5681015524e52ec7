#pragma once

#include <cstdint>

#include <apart/detail/windows/api.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

using process_number = long;

inline long process_id() noexcept { return static_cast<long>(::GetCurrentProcessId()); }

/// The number by which a launcher makes sure that it is this process that it tells something: its own, since what it tells is
/// written before the process has one. What the process starts has another parent. 0: not known.
inline long launched_process_id() noexcept {
  struct {  // PROCESS_BASIC_INFORMATION
    std::uintptr_t others[4];
    std::uintptr_t id;
    std::uintptr_t parent;
  } found{};
  static auto* const ask = function_of<long __stdcall(void*, int, void*, unsigned long, unsigned long*)>(
      L"ntdll.dll", "NtQueryInformationProcess");
  const bool told = ask != nullptr && ask(::GetCurrentProcess(), 0, &found, sizeof found, nullptr) >= 0;
  return told ? static_cast<long>(found.parent) : 0;
}

}  // namespace detail
APART_END_NAMESPACE
