#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <apart/detail/windows/descriptor.hpp>
#include <apart/detail/windows/file_time.hpp>
#include <apart/detail/windows/text.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// A process that no other one is taken for: the system gives its number away again, but not with the same start.
struct process_identity {
  long id = 0;
  std::uint64_t started = 0;  ///< in units of 100 ns since 1601
};

/// Whether that process is there, and when it was started; 0 where the system does not say.
inline std::uint64_t start_of_process(long id) noexcept {
  constexpr unsigned long query = 0x1000;  // PROCESS_QUERY_LIMITED_INFORMATION
  const descriptor process(::OpenProcess(query, 0, static_cast<unsigned long>(id)));
  file_time began, ended, kernel, user;
  const bool known = process && ::GetProcessTimes(process.get(), for_system(began), for_system(ended),
                                                  for_system(kernel), for_system(user)) != 0;
  return known ? began.ticks() : 0;
}

struct listed_process {
  long id;
  long parent;
  std::string program;  ///< "ctest.exe"
};

/// All that run at this moment (tlhelp32.h).
inline std::vector<listed_process> list_processes() {
  constexpr unsigned long processes = 2;  // TH32CS_SNAPPROCESS
  struct {                                // PROCESSENTRY32W
    unsigned long size;
    unsigned long usage;
    unsigned long id;
    std::uintptr_t heap;
    unsigned long module;
    unsigned long threads;
    unsigned long parent;
    long priority;
    unsigned long flags;
    wchar_t program[260];
  } entry{};
  entry.size = sizeof entry;
  auto* const out = reinterpret_cast<tagPROCESSENTRY32W*>(&entry);
  std::vector<listed_process> all;
  void* const snapshot = ::CreateToolhelp32Snapshot(processes, 0);
  if (snapshot == reinterpret_cast<void*>(-1)) return all;
  const descriptor closed_at_the_end(snapshot);
  for (int more = ::Process32FirstW(snapshot, out); more != 0; more = ::Process32NextW(snapshot, out)) {
    all.push_back({static_cast<long>(entry.id), static_cast<long>(entry.parent), narrow(entry.program)});
  }
  return all;
}

}  // namespace detail
APART_END_NAMESPACE
