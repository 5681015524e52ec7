#pragma once

#include <cstddef>
#include <cstdlib>
#include <string>

#include <apart/detail/posix/file_system.hpp>
#include <apart/detail/posix/process_id.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// `process`: as proc(5) names it, by its number or as "self".
inline bool has_tracer(const std::string& process) {
  static constexpr char field[] = "\nTracerPid:";
  std::string text;
  if (read_file("/proc/" + process + "/status", text) != 0) return false;
  const std::size_t found = text.find(field);
  return found != std::string::npos && std::atol(text.c_str() + found + sizeof field - 1) != 0;
}

/// Whether a debugger, or another tracer, follows this or that process at this moment (proc(5), TracerPid).
inline bool is_traced() { return has_tracer("self"); }
inline bool is_traced(process_number process) { return has_tracer(std::to_string(process)); }

}  // namespace detail
APART_END_NAMESPACE
