#pragma once

#include <apart/launch/detail/boost_test_library.hpp>

#include <cstddef>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <apart/launch/framework.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// Which of the planned tests are connected by `depends_on`. Boost.Test skips a test where the one that it depends on has not
/// passed in the same process, so all that are connected, directly or not, are inseparable. A serial one among them, or one
/// of a group, makes them all serial.
class boost_test_ties {
 public:
  /// The planned tests of that unit are those from `first` to `end`.
  void note(const boost::unit_test::test_unit& unit, std::size_t first, std::size_t end) {
    tests_of_.emplace(unit.p_id, range{first, end});
    for (const boost::unit_test::test_unit_id other : unit.p_dependencies.get()) ties_.emplace_back(unit.p_id, other);
  }

  void apply(std::vector<planned_test>& planned) {
    above_.resize(planned.size());
    std::iota(above_.begin(), above_.end(), std::size_t{0});
    for (const auto& [one, other] : ties_) tie(tests_of_[one], tests_of_[other]);
    std::vector<std::size_t> sizes(planned.size());
    std::vector<bool> serial(planned.size());
    for (std::size_t index = 0; index < planned.size(); ++index) {
      const std::size_t top = top_of(index);
      ++sizes[top];
      if (planned[index].serial || !planned[index].groups.empty()) serial[top] = true;
    }
    for (std::size_t index = 0; index < planned.size(); ++index) {
      const std::size_t top = top_of(index);
      if (sizes[top] == 1) continue;
      planned_test& test = planned[index];
      test.inseparable = true;
      test.suite = "connected with " + planned[top].name;
      test.serial = serial[top];
      test.groups.clear();
    }
  }

 private:
  struct range {
    std::size_t first = 0;
    std::size_t end = 0;
  };

  /// All of both with each other, where both have some.
  void tie(range one, range other) {
    if (one.first == one.end || other.first == other.end) return;
    const std::size_t top = top_of(one.first);
    for (const range tied : {one, other}) {
      for (std::size_t index = tied.first; index < tied.end; ++index) above_[top_of(index)] = top;
    }
  }

  std::size_t top_of(std::size_t index) {
    while (above_[index] != index) index = above_[index] = above_[above_[index]];
    return index;
  }

  std::map<boost::unit_test::test_unit_id, range> tests_of_;
  std::vector<std::pair<boost::unit_test::test_unit_id, boost::unit_test::test_unit_id>> ties_;
  std::vector<std::size_t> above_;  ///< another one of the same, or itself
};

}  // namespace detail
APART_END_NAMESPACE
