#pragma once

#include <cerrno>
#include <initializer_list>

#include <apart/detail/launched.hpp>

#include <fcntl.h>
#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// What this process starts shall not hold the launcher's descriptors: they close on exec from now on.
inline void keep_launcher_descriptors_private() noexcept {
  for (const int inherited : {launched_as().work, launched_as().news, launched_as().members}) {
    if (inherited >= 0) ::fcntl(inherited, F_SETFD, FD_CLOEXEC);
  }
}

/// For a forked child: it is no member of the run, and must not look like one once its parent has gone.
inline void leave_members() noexcept {
  if (launched_as().members >= 0) ::close(launched_as().members);
}

/// Blocks until every worker and the launcher have gone, however they went.
inline void wait_for_members_to_leave() noexcept {
  char byte = 0;
  while (::read(launched_as().members, &byte, 1) != 0) {
    if (errno != EINTR) return;
  }
}

}  // namespace detail
APART_END_NAMESPACE
