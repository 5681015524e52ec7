#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

#include <apart/launch/run_record.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The times in which a run was stopped (SIGTSTP). What stood still then has not taken long.
class pauses {
 public:
  void add(const time_span& paused) { all_.push_back(paused); }

  /// How long that took without them.
  std::chrono::nanoseconds length_without(const time_span& given) const {
    std::chrono::nanoseconds length = given.ended - given.began;
    for (const time_span& one : all_) {
      const auto common = std::min(one.ended, given.ended) - std::max(one.began, given.began);
      length -= std::max<std::chrono::nanoseconds>(common, std::chrono::nanoseconds(0));
    }
    return length;
  }

 private:
  std::vector<time_span> all_;
};

}  // namespace detail
APART_END_NAMESPACE
