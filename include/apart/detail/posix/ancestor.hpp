#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include <apart/detail/posix/file_system.hpp>
#include <apart/error.hpp>

#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// A process that no other one is taken for: the system gives its number away again, but not with the same start.
struct process_identity {
  long id = 0;
  std::uint64_t started = 0;  ///< clock ticks (sysconf(_SC_CLK_TCK)) from the machine's start to the process's
};

/// One process of proc(5).
struct process_status {
  process_identity process;
  std::string name;  ///< of its program, 15 bytes at most
  long parent = 0;
};

/// What /proc/<pid>/stat says: "<pid> (<name>) <state> <parent> ...", the start as field 22. The name may be of any
/// bytes. Nothing where the text is not of that form.
inline std::optional<process_status> parse_process_status(const std::string& text) {
  constexpr int state = 3, parent = 4, start = 22;
  const std::size_t name = text.find('('), name_end = text.rfind(')');
  if (name == std::string::npos || name_end == std::string::npos || name_end < name) return std::nullopt;
  process_status read;
  read.process.id = std::atol(text.c_str());
  read.name = text.substr(name + 1, name_end - name - 1);
  const char* rest = text.c_str() + name_end + 1;
  for (int field = state; field <= start; ++field) {
    if (*rest++ != ' ') return std::nullopt;
    if (field == parent) read.parent = std::atol(rest);
    if (field == start) read.process.started = std::strtoull(rest, nullptr, 10);
    while (*rest != ' ' && *rest != '\0') ++rest;
  }
  return read;
}

/// One walk upwards. `lost`: a process ended while it was the next step.
inline std::optional<process_identity> walk_to_ancestor(std::string_view name, bool& lost) {
  lost = false;
  for (long id = ::getppid(); id > 0;) {
    const std::string path = "/proc/" + std::to_string(id) + "/stat";
    std::string text;
    const int code = read_file(path, text);
    lost = code == ENOENT || code == ESRCH;
    if (lost || code == EACCES || code == EPERM) return std::nullopt;
    if (code != 0) raise_system(code, path);
    const std::optional<process_status> seen = parse_process_status(text);
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
