#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include <apart/detail/posix/file_system.hpp>

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
  char state = '?';  ///< 'Z', 'X': it has ended, and is to be reaped only
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
    if (field == state) read.state = *rest;
    if (field == parent) read.parent = std::atol(rest);
    if (field == start) read.process.started = std::strtoull(rest, nullptr, 10);
    while (*rest != ' ' && *rest != '\0') ++rest;
  }
  return read;
}

/// What the system says of a process at this moment; nothing, and an error number in `code`, where it does not.
inline std::optional<process_status> status_of_process(long id, int& code) {
  std::string text;
  code = read_file("/proc/" + std::to_string(id) + "/stat", text);
  return code == 0 ? parse_process_status(text) : std::nullopt;
}

}  // namespace detail
APART_END_NAMESPACE
