#pragma once

#include <cstddef>
#include <string>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// In bytes, without the null byte at its end (afunix.h, UNIX_PATH_MAX).
inline constexpr std::size_t longest_socket_path = 107;

/// What to tell who wanted a UNIX socket of this name, which is too long for one.
inline std::string why_no_socket(const std::string& path) {
  return "the address of a UNIX socket takes " + std::to_string(longest_socket_path) + " bytes, and this path has " +
         std::to_string(path.size()) + ": set APART_TMPDIR to a directory with a shorter path";
}

}  // namespace detail
APART_END_NAMESPACE
