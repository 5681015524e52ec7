#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <apart/detail/reaper.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Finds what each test leaves running, and describes it for people. It is not ended here: what it serves may be a static
/// object of the test program. What has ended is no find.
class left_running {
 public:
  /// Those of `processes`, sorted, that were not there at the last call.
  std::vector<std::string> describe_new(const std::vector<process_number>& processes) {
    std::vector<std::string> found;
    for (const process_number process : processes) {
      if (std::binary_search(known_.begin(), known_.end(), process)) continue;
      if (const auto text = describe_process(process)) found.push_back(*text);
    }
    known_ = processes;
    return found;
  }

  bool knows(process_number process) const { return std::binary_search(known_.begin(), known_.end(), process); }

 private:
  std::vector<process_number> known_;
};

/// In a worker: its children. They end with it, or, in a group of their own, with the run.
class left_children {
 public:
  std::vector<std::string> describe_new() { return left_.describe_new(children_left()); }

 private:
  left_running left_;
};

/// In the launcher, which adopts what has lost its parent. They end with the run. What has lost its parent late may have
/// been started by an earlier test of that worker.
class left_orphans {
 public:
  /// Those that `worker` or one of its descendants has started; what others have started is left for their turn. The
  /// launcher's own children are `members`, sorted.
  std::vector<std::string> describe_new_of(process_number worker, unsigned index,
                                           const std::vector<process_number>& members) {
    std::vector<process_number> orphans;
    for (const process_number child : adopted_.list()) {
      if (std::binary_search(members.begin(), members.end(), child)) continue;
      if (left_.knows(child) || launched_ancestor_of(child) == worker) orphans.push_back(child);
    }
    std::vector<std::string> found = left_.describe_new(orphans);
    for (std::string& one : found) one += ", of this or an earlier test of worker " + std::to_string(index);
    return found;
  }

 private:
  adopted_children adopted_;
  left_running left_;
};

}  // namespace detail
APART_END_NAMESPACE
