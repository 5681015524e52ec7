#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <apart/error.hpp>
#include <apart/launch/framework.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// How many tests of each group run, and those that were to run next but for a group that is full. One thread.
class group_slots {
 public:
  explicit group_slots(const std::vector<planned_test>& tests) : of_test_(tests.size()) {
    for (std::size_t index = 0; index < tests.size(); ++index) {
      for (const test_group& wanted : tests[index].groups) {
        slots& group = groups_.try_emplace(wanted.name, slots{wanted.limit, 0, {}}).first->second;
        if (group.limit != wanted.limit) {
          raise(error(fmt::format("the group \"{}\" has the limit {}, and in the test \"{}\" the limit {}; give it one",
                                  wanted.name, group.limit, tests[index].name, wanted.limit)));
        }
        std::vector<slots*>& mine = of_test_[index];
        if (std::find(mine.begin(), mine.end(), &group) == mine.end()) mine.push_back(&group);
      }
    }
  }

  /// False: a group is full, and the test waits for it.
  bool enter(std::size_t index) {
    for (slots* group : of_test_[index]) {
      if (group->running < group->limit) continue;
      group->waiting.push_back(index);
      ++waiting_;
      return false;
    }
    for (slots* group : of_test_[index]) ++group->running;
    return true;
  }

  /// Tests that may try again since this one has ended.
  std::vector<std::size_t> leave(std::size_t index) {
    std::vector<std::size_t> next;
    for (slots* group : of_test_[index]) {
      --group->running;
      if (group->waiting.empty()) continue;
      next.push_back(group->waiting.front());
      group->waiting.pop_front();
      --waiting_;
    }
    return next;
  }

  std::size_t waiting() const noexcept { return waiting_; }

 private:
  struct slots {
    std::size_t limit;
    std::size_t running;
    std::deque<std::size_t> waiting;
  };

  std::map<std::string, slots> groups_;
  std::vector<std::vector<slots*>> of_test_;
  std::size_t waiting_ = 0;
};

}  // namespace detail
APART_END_NAMESPACE
