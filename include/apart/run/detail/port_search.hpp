#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include <apart/detail/random.hpp>
#include <apart/error.hpp>
#include <apart/run/detail/transport.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

inline std::string text_of_range(std::uint16_t first, std::uint16_t last) {
  return std::to_string(first) + " to " + std::to_string(last);
}

/// All from `first` to `last`.
inline fault ports_in_range(std::uint16_t first, std::uint16_t last, std::vector<std::uint16_t>& ports) {
  if (first == 0 || first > last) {
    return {std::make_error_code(std::errc::invalid_argument),
            "port: " + text_of_range(first, last) + " is no range of port numbers"};
  }
  for (unsigned port = first; port <= last; ++port) ports.push_back(static_cast<std::uint16_t>(port));
  return {};
}

/// Leases one of these, of which `where` tells people, beginning at a random one: `lease(port)` returns 0, or an error number:
/// EADDRINUSE and EACCES mean that another one may be had; `forbidden` says who has forbidden those of EACCES.
template <class Lease>
fault lease_one_of(const std::vector<std::uint16_t>& ports, transport over, const std::string& where,
                   const char* forbidden, Lease lease) {
  const std::string what = over == transport::tcp ? "TCP port" : "UDP port";
  const std::size_t start = ports.empty() ? 0 : static_cast<std::size_t>(random_bits() % ports.size());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::uint16_t port = ports[(start + i) % ports.size()];
    const int code = lease(port);
    if (code == 0) return {};
    if (code == EACCES) ++kept;
    if (code != EACCES && code != EADDRINUSE) return system_fault(code, what + ' ' + std::to_string(port));
  }
  return {std::make_error_code(std::errc::address_in_use),
          "no free " + what + ": " + std::to_string(ports.size() - kept) + " are taken and " + std::to_string(kept) +
              ' ' + forbidden + ", of all " + where};
}

}  // namespace detail
APART_END_NAMESPACE
