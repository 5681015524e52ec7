#pragma once

#include <cstdio>
#include <string>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// One line for the person who runs the tests, on stderr and in one piece: what a destructor, or the end of a process,
/// has to say and cannot throw. Any thread.
inline void report(const std::string& line) {
  const std::string whole = "apart: " + line + "\n";
  std::fputs(whole.c_str(), stderr);
}

}  // namespace detail
APART_END_NAMESPACE
