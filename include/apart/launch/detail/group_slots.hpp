#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <string_view>
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
    std::map<std::string_view, std::size_t> numbers;
    for (std::size_t index = 0; index < tests.size(); ++index) {
      for (const test_group& wanted : tests[index].groups) {
        const auto [known, is_new] = numbers.try_emplace(wanted.name, groups_.size());
        if (is_new) groups_.push_back({wanted.limit, 0, {}});
        const std::size_t group = known->second;
        if (groups_[group].limit != wanted.limit) {
          raise(error(fmt::format("the group \"{}\" has the limit {}, and in the test \"{}\" the limit {}; give it one",
                                  wanted.name, groups_[group].limit, tests[index].name, wanted.limit)));
        }
        std::vector<std::size_t>& mine = of_test_[index];
        if (std::find(mine.begin(), mine.end(), group) == mine.end()) mine.push_back(group);
      }
    }
  }

  /// False: a group is full, and the test waits for it.
  bool enter(std::size_t index) {
    for (const std::size_t number : of_test_[index]) {
      slots& group = groups_[number];
      if (group.running < group.limit) continue;
      group.waiting.push_back(index);
      ++waiting_;
      return false;
    }
    for (const std::size_t number : of_test_[index]) ++groups_[number].running;
    return true;
  }

  /// Tests that may try again since this one has ended.
  std::vector<std::size_t> leave(std::size_t index) {
    std::vector<std::size_t> next;
    for (const std::size_t number : of_test_[index]) {
      slots& group = groups_[number];
      --group.running;
      if (group.waiting.empty()) continue;
      next.push_back(group.waiting.front());
      group.waiting.pop_front();
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

  std::vector<slots> groups_;
  std::vector<std::vector<std::size_t>> of_test_;  ///< numbers of groups
  std::size_t waiting_ = 0;
};

}  // namespace detail
APART_END_NAMESPACE
