#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <apart/launch/framework.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Which suite each of the planned tests is in, by a number, and of how many suites some wait to run. Puts queues in order.
/// Refers to the tests.
class test_suites {
 public:
  static constexpr std::size_t none = 0;  ///< what is in no suite

  explicit test_suites(const std::vector<planned_test>& tests) : tests_(tests) {
    std::unordered_map<std::string_view, std::size_t> numbers{{"", none}};
    for (const planned_test& test : tests) of_.push_back(numbers.emplace(test.suite, numbers.size()).first->second);
    queued_.resize(numbers.size());
  }

  std::size_t of(std::size_t index) const { return of_[index]; }

  void queue(std::size_t index) { some_ += queued_[of_[index]]++ == 0 ? 1 : 0; }
  void unqueue(std::size_t index) { some_ -= --queued_[of_[index]] == 0 ? 1 : 0; }
  std::size_t queued() const noexcept { return some_; }

  /// Brings the tests of a suite together, where the one of them stands that the selection has first.
  void gather(std::deque<std::size_t>& queue) const {
    std::vector<std::size_t> first_of(queued_.size(), std::numeric_limits<std::size_t>::max());
    std::vector<std::size_t> place(tests_.size());
    for (std::size_t at = 0; at < queue.size(); ++at) {
      place[queue[at]] = at;
      std::size_t& first = first_of[of_[queue[at]]];
      first = std::min(first, queue[at]);
    }
    sort(queue, [&](std::size_t index) {
      const std::size_t suite = of_[index];
      return std::pair(place[suite == none ? index : first_of[suite]], tests_[index].inseparable ? index + 1 : 0);
    });
  }

  /// By the times that are expected, what is new before them; the tests of a suite stay together, at the place of the first.
  void put_longest_first(std::deque<std::size_t>& queue, const std::vector<std::chrono::microseconds>& expected) const {
    using std::chrono::microseconds;
    const auto shortness = [&](std::size_t index) {
      return expected[index].count() == 0 ? microseconds(0) : microseconds::max() - expected[index];
    };
    std::vector<microseconds> of_suite(queued_.size(), microseconds::max());
    for (const std::size_t index : queue) {
      microseconds& of_longest = of_suite[of_[index]];
      of_longest = std::min(of_longest, shortness(index));
    }
    sort(queue, [&](std::size_t index) { return of_[index] == none ? shortness(index) : of_suite[of_[index]]; });
  }

 private:
  /// By what `rank_of` says of each; those of one rank keep their order.
  template <class RankOf>
  void sort(std::deque<std::size_t>& queue, RankOf rank_of) const {
    std::vector<decltype(rank_of(0))> ranks(tests_.size());
    for (const std::size_t index : queue) ranks[index] = rank_of(index);
    const auto before = [&ranks](std::size_t one, std::size_t other) { return ranks[one] < ranks[other]; };
    if (!std::is_sorted(queue.begin(), queue.end(), before)) std::stable_sort(queue.begin(), queue.end(), before);
  }

  const std::vector<planned_test>& tests_;
  std::vector<std::size_t> of_;
  std::vector<std::size_t> queued_;  ///< of each suite
  std::size_t some_ = 0;
};

}  // namespace detail
APART_END_NAMESPACE
