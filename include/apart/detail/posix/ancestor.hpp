#pragma once

#include <cerrno>
#include <optional>
#include <string>
#include <string_view>

#include <apart/detail/posix/process_status.hpp>
#include <apart/error.hpp>

#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// One walk upwards. `lost`: a process ended while it was the next step.
inline std::optional<process_identity> walk_to_ancestor(std::string_view name, bool& lost) {
  lost = false;
  for (long id = ::getppid(); id > 0;) {
    int code = 0;
    const std::optional<process_status> seen = status_of_process(id, code);
    lost = code == ENOENT || code == ESRCH;
    if (lost || code == EACCES || code == EPERM) return std::nullopt;
    if (code != 0) raise_system(code, "what the system says of process " + std::to_string(id));
    if (!seen) return std::nullopt;
    if (seen->name == name) return seen->process;
    id = seen->parent;
  }
  return std::nullopt;
}

/// The nearest process above this one whose program has that name. None: there is no such process, it is outside of
/// what this process may see (another process namespace, a /proc that hides), or there is no /proc. Any thread.
/// Errors: `apart::error` where the system has no means left to look (EMFILE, ENOMEM).
inline std::optional<process_identity> nearest_ancestor(std::string_view name) {
  constexpr int walks = 4;  // who loses its parent has another one at once
  std::optional<process_identity> found;
  bool lost = true;
  for (int walk = 0; lost && walk < walks; ++walk) found = walk_to_ancestor(name, lost);
  return found;
}

}  // namespace detail
APART_END_NAMESPACE
