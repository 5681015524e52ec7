#pragma once

#include <cstddef>
#include <cstdlib>
#include <string>

#include <apart/detail/posix/file_system.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Whether a debugger, or another tracer, follows that process at this moment (proc(5), TracerPid).
inline bool is_traced(const std::string& process = "self") {
  static constexpr char field[] = "\nTracerPid:";
  std::string text;
  if (read_file("/proc/" + process + "/status", text) != 0) return false;
  const std::size_t found = text.find(field);
  return found != std::string::npos && std::atol(text.c_str() + found + sizeof field - 1) != 0;
}

}  // namespace detail
APART_END_NAMESPACE
