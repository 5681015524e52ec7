#pragma once

#include <cstddef>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <apart/launch/framework.hpp>
#include <apart/launch/options.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The tests, of which those of another shard are elsewhere. Inseparable ones are where the first of them is.
inline std::vector<planned_test> shard_of(std::vector<planned_test> tests, const launch_options& options) {
  std::map<std::string_view, std::size_t> first_of;
  for (std::size_t index = 0; index < tests.size(); ++index) {
    planned_test& test = tests[index];
    const std::size_t place = test.inseparable ? first_of.try_emplace(test.suite, index).first->second : index;
    test.elsewhere = test.elsewhere || place % options.shards != options.shard - 1;
  }
  return tests;
}

}  // namespace detail
APART_END_NAMESPACE
