#pragma once

#include <array>
#include <string>

#include <apart/version.hpp>

#include <unistd.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// What this machine is called; "localhost" where that is not known.
inline std::string host_name() {
  std::array<char, 256> name{};  // POSIX: at most 255 bytes
  const bool known = ::gethostname(name.data(), name.size() - 1) == 0 && name.front() != '\0';
  return known ? name.data() : "localhost";
}

}  // namespace detail
APART_END_NAMESPACE
