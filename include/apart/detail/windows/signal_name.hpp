#pragma once

#include <csignal>
#include <string>
#include <utility>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// "SIGINT"; "signal 42" for one that the C library does not have. SIGBREAK is 21.
inline std::string signal_name(int signal) {
  static constexpr std::pair<int, const char*> names[] = {
      {SIGABRT, "SIGABRT"}, {SIGFPE, "SIGFPE"},   {SIGILL, "SIGILL"}, {SIGINT, "SIGINT"},
      {SIGSEGV, "SIGSEGV"}, {SIGTERM, "SIGTERM"}, {21, "SIGBREAK"}};
  for (const auto& known : names) {
    if (known.first == signal) return known.second;
  }
  return "signal " + std::to_string(signal);
}

}  // namespace detail
APART_END_NAMESPACE
