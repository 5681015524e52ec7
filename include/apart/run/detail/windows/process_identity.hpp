#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <apart/detail/windows/process_status.hpp>
#include <apart/error.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// A process and its name for a journal, which no other process on this machine ever has: "4711:133769468", its id, and
/// when it was started.
struct identified_process {
  bool ended = true;
  std::string identity;  ///< empty: not there
};

inline identified_process identify_process(long pid) {
  constexpr unsigned long may_wait = 0x00100000;  // SYNCHRONIZE
  const std::uint64_t started = start_of_process(pid);
  if (started == 0) return {};
  const descriptor process(::OpenProcess(may_wait, 0, static_cast<unsigned long>(pid)));
  const bool runs = !process || ::WaitForSingleObject(process.get(), 0) != 0;
  return {!runs, std::to_string(pid) + ':' + std::to_string(started)};
}

inline long pid_in(std::string_view identity) {
  return std::strtol(std::string(identity.substr(0, identity.find(':'))).c_str(), nullptr, 10);
}

inline bool process_has_ended(std::string_view identity) {
  const identified_process status = identify_process(pid_in(identity));
  return status.ended || status.identity != identity;
}

/// Ends a process. Does nothing where it is not there any more, whoever has its id now. An `apart::error` if it does not
/// end.
inline void end_process(std::string_view identity, std::chrono::nanoseconds) {
  constexpr unsigned long may_end_and_wait = 0x00100001;  // PROCESS_TERMINATE | SYNCHRONIZE
  const long pid = pid_in(identity);
  const descriptor process(::OpenProcess(may_end_and_wait, 0, static_cast<unsigned long>(pid)));
  if (process_has_ended(identity)) return;
  if (process) ::TerminateProcess(process.get(), 1);
  if (!process || ::WaitForSingleObject(process.get(), 5000) != 0) {
    raise(error("process " + std::to_string(pid) + " has not ended 5 s after it was told to"));
  }
}

}  // namespace detail
APART_END_NAMESPACE
