#pragma once

#include <apart/detail/windows/api.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Whether a debugger follows this process at this moment.
inline bool is_traced() noexcept {
  int present = 0;
  return ::CheckRemoteDebuggerPresent(::GetCurrentProcess(), &present) != 0 && present != 0;
}

}  // namespace detail
APART_END_NAMESPACE
