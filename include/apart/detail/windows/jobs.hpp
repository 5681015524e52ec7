#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <apart/detail/windows/child_api.hpp>
#include <apart/detail/windows/descriptor.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// A job (CreateJobObjectW): a process and all that it starts, which end when the last handle to it is closed. One may stand
/// inside of another, so a process that a test puts into a job of its own is in this one, too. Not inherited.
class process_job {
 public:
  process_job() = default;

  /// 0 or an error number.
  int make() noexcept {
    struct {  // JOBOBJECT_EXTENDED_LIMIT_INFORMATION
      std::int64_t times[2];
      unsigned long flags;
      std::size_t sizes[2];
      unsigned long processes;
      std::uintptr_t affinity;
      unsigned long classes[2];
      std::uint64_t counts[6];
      std::size_t memory[4];
    } limits{};
    limits.flags = 0x2000;       // JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
    constexpr int extended = 9;  // JobObjectExtendedLimitInformation
    handle_ = descriptor(::CreateJobObjectW(nullptr, nullptr));
    static auto* const set =
        function_of<int __stdcall(void*, int, void*, unsigned long)>(L"kernel32.dll", "SetInformationJobObject");
    return handle_ && set(handle_.get(), extended, &limits, sizeof limits) != 0 ? 0 : last_error_number();
  }

  void* get() const noexcept { return handle_.get(); }

  /// The processes in it; in the one that this process is in where `job` is null.
  static std::vector<long> processes_in(void* job) {
    constexpr int ids = 3;  // JobObjectBasicProcessIdList
    constexpr std::size_t head = 2 * sizeof(unsigned long) / sizeof(std::uintptr_t);
    static auto* const ask = function_of<int __stdcall(void*, int, void*, unsigned long, unsigned long*)>(
        L"kernel32.dll", "QueryInformationJobObject");
    std::vector<std::uintptr_t> list(64);
    for (;;) {
      const auto size = static_cast<unsigned long>(list.size() * sizeof list.front());
      const bool told = ask(job, ids, list.data(), size, nullptr) != 0;
      const auto* const counts = reinterpret_cast<const unsigned long*>(list.data());  // assigned, listed
      const bool all = told && counts[1] >= counts[0];
      if (!all && (told || ::GetLastError() == 234) && list.size() < 1 << 16) {  // ERROR_MORE_DATA
        list.assign(list.size() * 4, 0);
        continue;
      }
      if (!told) return {};
      std::vector<long> found;
      for (std::size_t i = 0; i < counts[1]; ++i) found.push_back(static_cast<long>(list[head + i]));
      return found;
    }
  }

  /// Ends all that is in it, and returns when it is gone, or after five seconds.
  void end(unsigned status) const noexcept {
    constexpr unsigned long to_wait = 0x00100000;  // SYNCHRONIZE
    for (bool left = handle_.get() != nullptr; left;) {
      std::vector<descriptor> processes;
      for (const long id : processes_in(handle_.get())) {
        descriptor one(::OpenProcess(to_wait, 0, static_cast<unsigned long>(id)));
        if (one && ::WaitForSingleObject(one.get(), 0) != 0) processes.push_back(std::move(one));
      }
      ::TerminateJobObject(handle_.get(), status);
      left = false;
      for (const descriptor& one : processes) {
        if (::WaitForSingleObject(one.get(), 5000) == 0) left = true;  // it may have started another one
      }
    }
  }

 private:
  descriptor handle_;
};

}  // namespace detail
APART_END_NAMESPACE
