#pragma once

#include <array>
#include <string>

#include <apart/detail/windows/text.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// What this machine is called; "localhost" where that is not known.
inline std::string host_name() {
  std::array<wchar_t, 256> name{};
  auto size = static_cast<unsigned long>(name.size());
  const bool known = ::GetComputerNameW(name.data(), &size) != 0 && size != 0;
  return known ? narrow({name.data(), size}) : "localhost";
}

}  // namespace detail
APART_END_NAMESPACE
