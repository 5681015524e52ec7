#pragma once

#include <apart/detail/windows/descriptor.hpp>
#include <apart/detail/windows/process_id.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

inline bool has_debugger(void* process) noexcept {
  int present = 0;
  return ::CheckRemoteDebuggerPresent(process, &present) != 0 && present != 0;
}

/// Whether a debugger follows this or that process at this moment.
inline bool is_traced() noexcept { return has_debugger(::GetCurrentProcess()); }
inline bool is_traced(process_number process) noexcept {
  constexpr unsigned long query = 0x400;  // PROCESS_QUERY_INFORMATION
  const descriptor opened(::OpenProcess(query, 0, static_cast<unsigned long>(process)));
  return opened && has_debugger(opened.get());
}

}  // namespace detail
APART_END_NAMESPACE
