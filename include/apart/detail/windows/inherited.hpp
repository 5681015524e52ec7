#pragma once

#include <apart/detail/launched.hpp>
#include <apart/detail/windows/child_api.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What this process starts shall not hold the launcher's handles: they are not inherited from now on.
inline void keep_launcher_descriptors_private() noexcept {
  for (const int inherited : {launched_as().work, launched_as().news, launched_as().members}) {
    if (inherited >= 0) make_inheritable(inherited, false);
  }
}

/// There is no forked child that could look like a member of the run.
inline void leave_members() noexcept {}

/// Blocks until every worker and the launcher have gone, however they went.
inline void wait_for_members_to_leave() noexcept {
  char byte = 0;
  unsigned long count = 0;
  while (::ReadFile(handle_of(launched_as().members), &byte, 1, &count, nullptr) != 0) {
  }
}

}  // namespace detail
APART_END_NAMESPACE
