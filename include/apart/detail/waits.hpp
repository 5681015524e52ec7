#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <apart/detail/program_mutex.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// A time in which a thread of this process did nothing but wait for other processes.
struct noted_wait {
  std::string what;
  std::chrono::steady_clock::time_point began;
  std::chrono::steady_clock::time_point ended;
};

/// The waits of this process that took a millisecond or more, where somebody wants to know them: the first 100 since they
/// were last taken. Any thread.
class wait_log {
 public:
  static wait_log& of_this_process() {
    static auto* log = new wait_log;
    return *log;
  }

  void want() noexcept { wanted_.store(true); }
  bool wanted() const noexcept { return wanted_.load(std::memory_order_relaxed); }

  void note(noted_wait wait) {
    const program_lock lock(program_mutex());
    if (wait.ended - wait.began >= std::chrono::milliseconds(1) && waits_.size() < most) {
      waits_.push_back(std::move(wait));
    }
  }

  std::vector<noted_wait> take() {
    const program_lock lock(program_mutex());
    return std::exchange(waits_, {});
  }

 private:
  static constexpr std::size_t most = 100;
  std::atomic<bool> wanted_{false};
  std::vector<noted_wait> waits_;
};

/// Notes how long its scope took: a wait for `what`.
class wait_scope {
 public:
  explicit wait_scope(const std::string& what) {
    if (wait_log::of_this_process().wanted()) wait_ = {what, std::chrono::steady_clock::now(), {}};
  }
  ~wait_scope() {
    if (wait_.what.empty()) return;
    wait_.ended = std::chrono::steady_clock::now();
    wait_log::of_this_process().note(std::move(wait_));
  }
  wait_scope(const wait_scope&) = delete;
  wait_scope& operator=(const wait_scope&) = delete;

 private:
  noted_wait wait_;
};

}  // namespace detail
APART_END_NAMESPACE
