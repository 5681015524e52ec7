#pragma once

#include <string>
#include <utility>

#include <apart/version.hpp>

#include <signal.h>

APART_BEGIN_NAMESPACE
namespace detail {

/// "SIGSEGV"; "signal 42" for one that has no common name.
inline std::string signal_name(int signal) {
  static constexpr std::pair<int, const char*> names[] = {
      {SIGABRT, "SIGABRT"}, {SIGALRM, "SIGALRM"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
      {SIGHUP, "SIGHUP"},   {SIGILL, "SIGILL"},   {SIGINT, "SIGINT"},   {SIGKILL, "SIGKILL"},
      {SIGPIPE, "SIGPIPE"}, {SIGQUIT, "SIGQUIT"}, {SIGSEGV, "SIGSEGV"}, {SIGTERM, "SIGTERM"},
      {SIGTRAP, "SIGTRAP"}, {SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"}, {SIGXCPU, "SIGXCPU"}};
  for (const auto& known : names) {
    if (known.first == signal) return known.second;
  }
  return "signal " + std::to_string(signal);
}

}  // namespace detail
APART_END_NAMESPACE
