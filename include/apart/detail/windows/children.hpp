#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include <apart/detail/windows/jobs.hpp>
#include <apart/detail/windows/signal_pipe.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// With this status the launcher ends processes: one of the codes that applications may define (winerror.h, the bit 29).
inline constexpr unsigned ended_by_launcher = 0xe0000009;

/// The processes that this one has started by `start_child` and has not waited for. Each keeps its number until then, since its
/// handle is open. One thread at a time.
class children {
 public:
  struct child {
    long id;
    descriptor process;
    process_job job;  ///< it, and all that it starts
    void* wait = nullptr;
  };

  static children& of_this_process() {
    static auto* const all = new children;
    return *all;
  }

  /// Whoever waits in a `signal_pipe` is told when it ends.
  void add(child started) {
    constexpr unsigned long for_ever = 0xffffffff, once = 8;  // INFINITE, WT_EXECUTEONLYONCE
    ::RegisterWaitForSingleObject(&started.wait, started.process.get(), tell, nullptr, for_ever, once);
    all_.push_back(std::move(started));
  }

  const std::vector<child>& all() const noexcept { return all_; }

  const child* find(long id) const noexcept {
    const auto found = std::find_if(all_.begin(), all_.end(), [&](const child& one) { return one.id == id; });
    return found != all_.end() ? &*found : nullptr;
  }

  /// Waits for its end, and gives its number back. Its exit status.
  int forget(long id) {
    const auto found = std::find_if(all_.begin(), all_.end(), [&](const child& one) { return one.id == id; });
    if (found == all_.end()) return 0;
    child gone = std::move(*found);
    all_.erase(found);
    ::WaitForSingleObject(gone.process.get(), 0xffffffff);
    if (gone.wait != nullptr) ::UnregisterWaitEx(gone.wait, reinterpret_cast<void*>(-1));  // until `tell` has returned
    unsigned long status = 0;
    ::GetExitCodeProcess(gone.process.get(), &status);
    return static_cast<int>(status);
  }

 private:
  static void __stdcall tell(void*, unsigned char) { signal_pipe::put(child_has_ended); }

  std::vector<child> all_;
};

}  // namespace detail
APART_END_NAMESPACE
