#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <string_view>
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
    std::map<std::string_view, std::size_t> numbers;
    numbers.try_emplace("", none);
    for (const planned_test& test : tests) of_.push_back(numbers.try_emplace(test.suite, numbers.size()).first->second);
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
    std::size_t at = 0;
    for (const std::size_t index : queue) {
      place[index] = at++;
      std::size_t& first = first_of[of_[index]];
      first = std::min(first, index);
    }
    std::vector<rank> ranks(tests_.size());
    for (const std::size_t index : queue) {
      const std::size_t suite = of_[index];
      ranks[index] = {place[suite == none ? index : first_of[suite]], tests_[index].inseparable ? index + 1 : 0};
    }
    sort(queue, ranks);
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
    std::vector<rank> ranks(tests_.size());
    for (const std::size_t index : queue) {
      const microseconds of_its = of_[index] == none ? shortness(index) : of_suite[of_[index]];
      ranks[index] = {static_cast<std::uint64_t>(of_its.count()), 0};
    }
    sort(queue, ranks);
  }

 private:
  using rank = std::pair<std::uint64_t, std::size_t>;

  /// By the ranks of the tests; those of one rank keep their order.
  static void sort(std::deque<std::size_t>& queue, const std::vector<rank>& ranks) {
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
